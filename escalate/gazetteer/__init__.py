"""Names of states, armed groups and organisations: data of `escalate.actors`."""
