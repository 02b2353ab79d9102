"""Everybody who would like a bad model to pass. `edgeci gate --self-test` lets each try; each must be caught.

A saboteur changes one honest thing into a lie. The honest original must pass, or catching the lie would prove nothing.
"""
