"""What helps against each bottleneck, the most promising first. What it really does, `benchmark` measures."""

REMEDIES: dict[str, tuple[str, ...]] = {
    "compute-bound": (
        "compute in int8 where the CPU has dot-product instructions (int8-static, int8-ptq)",
        "raise the target's threads as far as thread scaling shows a gain",
        "make the model narrower: structured pruning or a smaller variant; batching will not help",
    ),
    "bandwidth-bound": (
        "store the weights in fewer bits (int4, int8-weights): fewer bytes are read, even if computing stays the same",
        "batch requests where latency allows: the weights are read once for all items of a batch",
        "more threads help only as far as they raise the bandwidth; see the probe",
    ),
    "overhead-bound": (
        "fuse operators (graph-optimized) or try another runtime: fewer calls, not cheaper arithmetic",
        "batch requests where latency allows: a call costs nearly the same for many items",
        "quantization adds operators and will not help; threads will not either: set threads: 1",
    ),
    "inconsistent": (
        "find what varies: loops over the data, input shapes, caches, or a runtime that sleeps or collects garbage",
        "pad or bucket inputs to a few fixed sizes, or limit the loop",
        "gate on a high percentile (load_p95, load_p99), because a median does not describe this model",
    ),
    "undecided": ("profile again on a quiet machine, with a dynamic batch axis if the model can have one",),
}
