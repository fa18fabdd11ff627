"""Names of states, armed groups and organisations, and the text they are sought in: the ground of `escalate.actors`."""
