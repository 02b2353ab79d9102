"""What each command does: parse, call one stage, publish. `edgeci.cli` puts them in order.

Stages are imported inside the commands, so `--help` stays fast.
"""
