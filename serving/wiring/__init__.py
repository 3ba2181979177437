"""A process put together: each part is made when it is first asked for, of exactly the parts that it names.

Only what hosts a process takes this: the service, workers, commands, benchmarks and tests. Whatever does something is
handed the few parts that it needs. A worker does without those who ask for its work, which `composition` adds.
"""
