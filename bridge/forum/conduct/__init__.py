"""Conduct: the rules on messages, and what follows when somebody meets one again and again.

`content` says what a message holds, `folding` which words people see in it; `judging` finds the rule that it meets,
`ladder` takes the step that is due, `moving` sends talk to where it belongs, `digest` tells the control room in the
morning. Nothing here shames anybody: what a person is told is told privately, removal is proposed to people, and
leaders, deputies, auditors and the bot are never touched.
"""

from bridge.forum.conduct.judging import ask, judge

__all__ = ["ask", "judge"]
