"""What a worker is asked: making, answering, timing, serving a load, profiling. The only callers of frameworks."""
