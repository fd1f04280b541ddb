"""The loops: intake, gather and decide, deliver, timers, gaps, evidence. They move rows from queue to queue."""
