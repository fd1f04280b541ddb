"""Meetings in a room: opened and closed by words, who is there, who has the floor, and the minutes at the end.

`heard` finds the sentences by which a meeting is led; `talk` and `taps` are what a message and a reaction mean
while one runs; `leading` opens, closes and goes on; `floor` gives the floor and lets only some write; `commands`
are the same in typed words; `cards` is what the room and the control room read. What nobody opened costs nothing:
whether a meeting runs is known with the room.
"""
