"""The homeserver side: sync step, requests, media, power levels, and (in `crypto/`) encryption and trust.

The only package that imports matrix-nio, and only for what it is good at: request building, Olm and Megolm,
attachment encryption. Events are made from the raw JSON that the homeserver sent.
"""
