"""What is measured, and against what. Each module has `run(size) -> dict`, the figures of one benchmark;
`oracles` are what it is measured against, `harness` is what measuring takes.
"""
