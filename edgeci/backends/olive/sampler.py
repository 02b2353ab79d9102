"""A search with the settings it is given.

Olive 0.13 loses `sampler_config` on the way to the engine: every search would be exhaustive, with seed 1.
"""

from copy import deepcopy

from edgeci.backends.options import Values


def with_sampler(strategy: Values) -> Values:
    """The same strategy with a sampler that has its settings from birth."""
    from olive.search.samplers import REGISTRY
    from olive.search.search_strategy import SearchStrategyConfig

    asked = SearchStrategyConfig.model_validate(deepcopy(strategy))
    settings = asked.sampler_config.model_dump()
    original = REGISTRY[asked.sampler]

    class Sampler(original):  # type: ignore[misc, valid-type]
        name = f"edgeci_{asked.sampler}"  # which registers it

        @classmethod
        def _default_config(cls) -> Values:
            known = original._default_config()
            for key, value in settings.items():
                known[key].default_value = value
            return dict(known)

    engine_keys = SearchStrategyConfig.model_fields.keys() - {"sampler", "sampler_config"}
    return {"sampler": Sampler.name, **{key: value for key, value in strategy.items() if key in engine_keys}}
