"""What bench/run and bench/replay are made of. Python's standard library only."""
