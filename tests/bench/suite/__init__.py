"""The parts of tests/bench/run.

command_line  options, and the rounds over the chosen cases
group         what a case and a group of cases are; a new kind of measurement is a new group
throughput    events per CPU-second, against wrk
large         GUILD_CREATEs of 200 kB and 1 MB
latency       from the socket to the handler at a steady rate; a slow handler
slow_handler  a backlog in front of one, and one that is slow for a long time
shards        a thousand shards: a restart, and CPU per event against eight
drain         a queue that is emptied after an outage
memory        resident memory per shard
micro         gatehouse-bench, the Google Benchmark program
programs      starting, pinning and observing processes
setup         the simulated Discord and the daemon in front of it
results       runs to medians, tables, JSON, comparison
"""
