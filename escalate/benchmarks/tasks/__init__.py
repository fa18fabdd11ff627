"""The tasks, each declared in a file of its own."""

from __future__ import annotations

from typing import Final

from escalate.benchmarks.task import Task
from escalate.benchmarks.tasks import cameo_class, contrast, icbe, open_text, own_test, plv, un_quad

TASKS: Final[dict[str, Task]] = {
    module.TASK.name: module.TASK for module in (own_test, open_text, contrast, cameo_class, plv, icbe, un_quad)
}
"""The tasks by name."""
