"""Numbered changes of the schema, each in one transaction.

Our own small runner: playhouse's table rebuilds delete child rows when foreign keys are on (measured). A new
database is made at the newest version in one go; an older one is walked up; a newer one is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bridge.ledger import checks, decisions, meetings, mornings, pictures, steps
from bridge.ledger.store import LedgerError, Store
from bridge.ledger.tables import ALL, Meta
from bridge.model import facts as f
from bridge.model.chain import decode
from bridge.model.event import Json


class Migration(msgspec.Struct, frozen=True):
    """One step: the version it leads to, why, and the work."""

    version: int
    why: str
    work: Callable[[Store], None]


def _contents_end(store: Store) -> None:
    """What is left of contents whose retention is over: a husk of the fact, a mark in the projections."""
    blob, small, large = ("BYTEA", "SMALLINT", "BIGINT") if store.is_postgres else ("BLOB", "INTEGER", "INTEGER")
    store.run(f"ALTER TABLE fact ADD COLUMN husk {blob}")
    for table in ("message", "media", "directive", "report", "decision"):
        store.run(f"ALTER TABLE {table} ADD COLUMN destroyed {small} NOT NULL DEFAULT 0")
    store.run(
        f"CREATE TABLE kept_back (forum TEXT NOT NULL, what TEXT NOT NULL, position {large} NOT NULL,"
        " PRIMARY KEY (forum, what, position))"
    )
    store.run("CREATE INDEX media_sha256 ON media (sha256)")


def _wide_index(store: Store) -> None:
    # Megolm counts messages in 32 bits without a sign, and a sender may begin anywhere. SQLite's integers are wide.
    if store.is_postgres:
        store.run("ALTER TABLE inbox ALTER COLUMN message_index TYPE BIGINT")


def _acts_are_kept(store: Store) -> None:
    """A table of what was done, filled from the facts: only what invited and removed people was done before."""
    blob, small, large = ("BYTEA", "SMALLINT", "BIGINT") if store.is_postgres else ("BLOB", "INTEGER", "INTEGER")
    store.run(
        "CREATE TABLE act (forum TEXT NOT NULL, number TEXT NOT NULL, verb TEXT NOT NULL, room TEXT NOT NULL,"
        " user_id TEXT NOT NULL, person TEXT NOT NULL, rule TEXT NOT NULL, by_whom TEXT NOT NULL,"
        f" cause TEXT NOT NULL, at {large} NOT NULL, until {large}, standing {small} NOT NULL,"
        " undone TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',"
        f" body {blob} NOT NULL, before {blob}, PRIMARY KEY (forum, number))"
    )
    store.run("CREATE INDEX act_forum_person_at ON act (forum, person, at)")
    store.run("CREATE INDEX act_forum_standing_verb_user_id ON act (forum, standing, verb, user_id)")
    store.run("CREATE INDEX act_forum_cause ON act (forum, cause)")
    store.run("CREATE INDEX act_forum_undone ON act (forum, undone)")
    for forum, body in store.all("SELECT forum, body FROM fact WHERE kind = 'act' ORDER BY forum, position"):
        fact = msgspec.json.decode(bytes(body))
        store.run(
            "INSERT INTO act (forum, number, verb, room, user_id, person, rule, by_whom, cause, at, standing, body)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,0,?)",
            (
                forum,
                fact["number"],
                fact["verb"],
                fact["room"],
                fact.get("user", ""),
                fact.get("person") or "",
                fact["rule"],
                fact["by"],
                fact["cause"],
                fact["at"],
                body,
            ),
        )
    for forum, body in store.all("SELECT forum, body FROM fact WHERE kind = 'act_done' ORDER BY forum, position"):
        fact = msgspec.json.decode(bytes(body))
        store.run(
            "UPDATE act SET result = ? WHERE forum = ? AND number = ?", (fact["result"], forum, fact["number"])
        )


def _grants_are_kept(store: Store) -> None:
    """A table of what stands beside the roster, filled from the facts."""
    blob, small, large = ("BYTEA", "SMALLINT", "BIGINT") if store.is_postgres else ("BLOB", "INTEGER", "INTEGER")
    store.run(
        f"CREATE TABLE granted (forum TEXT NOT NULL, number TEXT NOT NULL, standing {small} NOT NULL,"
        f" at {large} NOT NULL, body {blob} NOT NULL, PRIMARY KEY (forum, number))"
    )
    store.run("CREATE INDEX granted_forum_standing_at ON granted (forum, standing, at)")
    for forum, body in store.all("SELECT forum, body FROM fact WHERE kind = 'granted' ORDER BY forum, position"):
        fact = msgspec.json.decode(bytes(body))
        store.run(
            "INSERT INTO granted (forum, number, standing, at, body) VALUES (?,?,1,?,?)",
            (forum, fact["number"], fact["at"], body),
        )
    for forum, body in store.all("SELECT forum, body FROM fact WHERE kind = 'revoked' ORDER BY forum, position"):
        fact = msgspec.json.decode(bytes(body))
        store.run("UPDATE granted SET standing = 0 WHERE forum = ? AND number = ?", (forum, fact["number"]))


def _conduct_is_remembered(store: Store) -> None:
    """When messages were sent is found again in their facts, and so is which rules on messages were met."""
    small, large = ("SMALLINT", "BIGINT") if store.is_postgres else ("INTEGER", "INTEGER")
    store.run(f"ALTER TABLE message ADD COLUMN sent_at {large} NOT NULL DEFAULT 0")
    store.run("CREATE INDEX message_forum_room_sender_sent_at ON message (forum, room, sender, sent_at)")
    store.run(
        "CREATE TABLE edit (edit TEXT NOT NULL PRIMARY KEY, forum TEXT NOT NULL, room TEXT NOT NULL,"
        f" sender TEXT NOT NULL, sent_at {large} NOT NULL)"
    )
    store.run("CREATE INDEX edit_forum_room_sender_sent_at ON edit (forum, room, sender, sent_at)")
    store.run(
        "CREATE TABLE conduct (forum TEXT NOT NULL, event TEXT NOT NULL, rule TEXT NOT NULL, about TEXT NOT NULL,"
        f" room TEXT NOT NULL, person TEXT NOT NULL, step TEXT NOT NULL, counts {small} NOT NULL,"
        f" act TEXT NOT NULL, sent_at {large} NOT NULL, at {large} NOT NULL, PRIMARY KEY (forum, event, rule))"
    )
    store.run(
        "CREATE INDEX conduct_forum_person_rule_counts_sent_at ON conduct (forum, person, rule, counts, sent_at)"
    )
    store.run("CREATE INDEX conduct_forum_at ON conduct (forum, at)")
    for (forum,) in store.all("SELECT id FROM forum"):
        for kind, work in (("message", _sent), ("edited", _edits), ("conduct", _met)):
            position = 0
            while rows := store.all(
                "SELECT position, body, husk FROM fact WHERE forum = ? AND position > ? AND kind = ?"
                " ORDER BY position LIMIT 2000",
                (forum, position, kind),
            ):
                position = rows[-1][0]
                bodies = [body or husk for _, body, husk in rows]
                work(store, forum, [msgspec.json.decode(bytes(body)) for body in bodies if body is not None])


def _sent(store: Store, forum: str, facts: list[Json]) -> None:
    store.many(
        "UPDATE message SET sent_at = ? WHERE event = ? AND sent_at = 0",
        [(max(1, min(fact["sent_at"], fact["received_at"])), fact["event"]) for fact in facts],
    )


def _edits(store: Store, forum: str, facts: list[Json]) -> None:
    store.many(
        "INSERT INTO edit (edit, forum, room, sender, sent_at) VALUES (?,?,?,?,?) ON CONFLICT (edit) DO NOTHING",
        [
            (fact["edit"], forum, fact["room"], fact["sender"], fact["sent_at"])
            for fact in facts
            if "sent_at" in fact
        ],
    )


def _met(store: Store, forum: str, facts: list[Json]) -> None:
    fields = ("event", "rule", "about", "room", "person", "step", "sent_at", "at")
    uncounted = ("listed", "late")
    store.many(
        f"INSERT INTO conduct (forum, act, counts, {', '.join(fields)}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        [
            (forum, fact.get("act", ""), int(fact["step"] not in uncounted), *(fact[name] for name in fields))
            for fact in facts
        ],
    )


def _rooms_are_replaced(store: Store) -> None:
    store.run("ALTER TABLE room ADD COLUMN predecessor TEXT NOT NULL DEFAULT ''")
    store.run("CREATE INDEX room_predecessor ON room (predecessor)")


def _entrances_are_counted(store: Store) -> None:
    large = "BIGINT" if store.is_postgres else "INTEGER"
    store.run(
        "CREATE TABLE entrance (forum TEXT NOT NULL, room TEXT NOT NULL, user_id TEXT NOT NULL,"
        f" at {large} NOT NULL, PRIMARY KEY (forum, room, user_id))"
    )
    store.run("CREATE INDEX entrance_forum_room_at ON entrance (forum, room, at)")
    for forum, body in store.all(
        "SELECT forum, body FROM fact WHERE kind = 'membership' AND body IS NOT NULL ORDER BY forum, position"
    ):
        fact = msgspec.json.decode(bytes(body))
        if fact.get("person") is None and fact["membership"] in ("join", "invite", "knock"):
            store.run(
                "INSERT INTO entrance (forum, room, user_id, at) VALUES (?,?,?,?)"
                " ON CONFLICT (forum, room, user_id) DO UPDATE SET at = excluded.at",
                (forum, fact["room"], fact["user"], fact["at"]),
            )


def _pictures_are_recognised(store: Store) -> None:
    """Pictures of earlier versions were not looked at in this way; their exact bytes are known by `first_use`."""
    blob, small, large = ("BYTEA", "INTEGER", "BIGINT") if store.is_postgres else ("BLOB", "INTEGER", "INTEGER")
    store.run(
        f"CREATE TABLE picture_view (sample {large} NOT NULL, at {large} NOT NULL, event TEXT NOT NULL,"
        f" place {small} NOT NULL, view TEXT NOT NULL, hash {blob} NOT NULL,"
        " PRIMARY KEY (sample, at, event, place, view))"
    )
    store.run(f"CREATE TABLE picture_bucket (bucket {large} NOT NULL PRIMARY KEY, samples {blob} NOT NULL)")
    for (forum,) in store.all("SELECT id FROM forum"):
        position = 0
        while rows := store.all(
            "SELECT position, body, husk FROM fact WHERE forum = ? AND position > ? AND kind = 'evidence_judged'"
            " ORDER BY position LIMIT 2000",
            (forum, position),
        ):
            position = rows[-1][0]
            for _, body, husk in rows:
                pictures.remember(store, msgspec.json.decode(bytes(body or husk), type=f.EvidenceJudged))


def _states_are_listed(store: Store) -> None:
    store.run("CREATE INDEX task_forum_state_issued_at ON task (forum, state, issued_at)")
    store.run("CREATE INDEX report_forum_state_reported_at ON report (forum, state, reported_at)")


def _meetings_are_kept(store: Store) -> None:
    blob, small, large = ("BYTEA", "SMALLINT", "BIGINT") if store.is_postgres else ("BLOB", "INTEGER", "INTEGER")
    store.run(
        "CREATE TABLE meeting (forum TEXT NOT NULL, number TEXT NOT NULL, room TEXT NOT NULL, event TEXT NOT NULL,"
        " person TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, topic TEXT NOT NULL,"
        f" agenda {blob} NOT NULL, item INTEGER NOT NULL, state TEXT NOT NULL, opened_at {large} NOT NULL,"
        f" closed_at {large}, asked {small} NOT NULL, destroyed {small} NOT NULL, PRIMARY KEY (forum, number))"
    )
    store.run("CREATE INDEX meeting_room_state ON meeting (room, state)")
    store.run("CREATE INDEX meeting_forum_state_opened_at ON meeting (forum, state, opened_at)")
    store.run(
        "CREATE TABLE attendance (forum TEXT NOT NULL, meeting TEXT NOT NULL, person TEXT NOT NULL,"
        " name TEXT NOT NULL, unit TEXT, role TEXT NOT NULL, how TEXT NOT NULL, stands_in TEXT NOT NULL,"
        f" event TEXT NOT NULL, at {large} NOT NULL, PRIMARY KEY (forum, meeting, person))"
    )
    store.run(
        "CREATE TABLE hand (forum TEXT NOT NULL, meeting TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,"
        " unit TEXT, state TEXT NOT NULL, place INTEGER NOT NULL, turn INTEGER NOT NULL, event TEXT NOT NULL,"
        f" at {large} NOT NULL, PRIMARY KEY (forum, meeting, person))"
    )
    store.run(
        "CREATE TABLE minute (forum TEXT NOT NULL, meeting TEXT NOT NULL, what TEXT NOT NULL, event TEXT NOT NULL,"
        " number TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, unit TEXT, text TEXT NOT NULL,"
        f" at {large} NOT NULL, settled {small} NOT NULL, PRIMARY KEY (forum, meeting, what, event))"
    )
    meetings.tell_again(store)


def _orders_are_revised(store: Store) -> None:
    store.run(f"ALTER TABLE directive ADD COLUMN revised_at {'BIGINT' if store.is_postgres else 'INTEGER'}")


def _pictures_are_looked_at(store: Store) -> None:
    small, large = ("SMALLINT", "BIGINT") if store.is_postgres else ("INTEGER", "INTEGER")
    for column in (
        "held_for TEXT NOT NULL DEFAULT ''",
        "earlier_event TEXT",
        "earlier_place INTEGER NOT NULL DEFAULT 0",
        "earlier_report TEXT",
        "replaces TEXT NOT NULL DEFAULT ''",
    ):
        store.run(f"ALTER TABLE media ADD COLUMN {column}")
    store.run(
        "CREATE TABLE evidence_check (forum TEXT NOT NULL, number TEXT NOT NULL, event TEXT NOT NULL,"
        " place INTEGER NOT NULL, report TEXT NOT NULL, person TEXT NOT NULL, unit TEXT, why TEXT NOT NULL,"
        f" appeal TEXT NOT NULL, words TEXT NOT NULL, private {small} NOT NULL, earlier_event TEXT,"
        " earlier_place INTEGER NOT NULL, earlier_report TEXT, state TEXT NOT NULL, by_whom TEXT NOT NULL,"
        f" cause TEXT NOT NULL, due {large} NOT NULL, at {large} NOT NULL, PRIMARY KEY (forum, number))"
    )
    store.run("CREATE INDEX evidence_check_cause ON evidence_check (cause)")
    store.run("CREATE INDEX evidence_check_event_place ON evidence_check (event, place)")
    store.run("CREATE INDEX evidence_check_forum_state_at ON evidence_check (forum, state, at)")
    for (forum,) in store.all("SELECT id FROM forum"):
        position = 0
        while rows := store.all(
            "SELECT position, body, husk FROM fact WHERE forum = ? AND position > ?"
            " AND kind IN ('evidence_judged', 'check_opened', 'evidence_settled', 'media_replaced')"
            " ORDER BY position LIMIT 2000",
            (forum, position),
        ):
            position = rows[-1][0]
            for _, body, husk in rows:
                _looked_at(store, forum, decode(bytes(body or husk)))


def _looked_at(store: Store, forum: str, fact: f.AnyFact) -> None:
    """What was used before keeps where, so that its sender can ask for another look."""
    if isinstance(fact, f.EvidenceJudged):
        store.run(
            "UPDATE media SET held_for = ?, earlier_event = ?, earlier_place = ?, earlier_report = ?"
            " WHERE event = ? AND place = ?",
            ("\n".join(fact.held_for), *checks.earlier(forum, fact), fact.event, fact.index),
        )
    elif isinstance(fact, f.CheckOpened):
        checks.opened(store, forum, fact)
    elif isinstance(fact, f.EvidenceSettled):
        checks.settled(store, forum, fact)
    elif isinstance(fact, f.MediaReplaced):
        store.run("UPDATE media SET replaces = ? WHERE event = ?", (fact.replaces, fact.event))


def _decisions_end(store: Store) -> None:
    store.run("ALTER TABLE decision ADD COLUMN ended_by TEXT NOT NULL DEFAULT ''")
    store.run(f"ALTER TABLE decision ADD COLUMN body {'BYTEA' if store.is_postgres else 'BLOB'}")
    store.run("CREATE INDEX decision_forum_at ON decision (forum, at)")
    decisions.keep_whole(store)


def _digests_are_wished(store: Store) -> None:
    small, large = ("SMALLINT", "BIGINT") if store.is_postgres else ("INTEGER", "INTEGER")
    store.run(
        f"CREATE TABLE digest_wish (forum TEXT NOT NULL, person TEXT NOT NULL, wanted {small} NOT NULL,"
        f" at {large} NOT NULL, PRIMARY KEY (forum, person))"
    )
    for forum, body in store.all(
        "SELECT forum, body FROM fact WHERE kind = 'digest_wanted' ORDER BY forum, position"
    ):
        mornings.note(store, forum, msgspec.json.decode(bytes(body), type=f.DigestWanted))


def _orders_say_more(store: Store) -> None:
    """What an order asks for, in whose name, and until when a report's evidence follows: nobody said so before."""
    small, large = ("SMALLINT", "BIGINT") if store.is_postgres else ("INTEGER", "INTEGER")
    store.run(f"ALTER TABLE directive ADD COLUMN nil_allowed {small} NOT NULL DEFAULT 0")
    for column in ("on_behalf", "unled"):
        store.run(f"ALTER TABLE directive ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    store.run(f"ALTER TABLE report ADD COLUMN promised {large} NOT NULL DEFAULT 0")
    store.run("CREATE INDEX report_forum_unit_promised ON report (forum, unit, promised)")


def _orders_are_urgent(store: Store) -> None:
    store.run("ALTER TABLE directive ADD COLUMN urgency TEXT NOT NULL DEFAULT 'ordinary'")


def _decisions_are_withdrawn(store: Store) -> None:
    large = "BIGINT" if store.is_postgres else "INTEGER"
    store.run("ALTER TABLE decision ADD COLUMN changed_by TEXT NOT NULL DEFAULT ''")
    store.run(f"ALTER TABLE decision ADD COLUMN changed_at {large} NOT NULL DEFAULT 0")
    store.run("ALTER TABLE decision ADD COLUMN why TEXT NOT NULL DEFAULT ''")
    decisions.keep_changes(store)


def _checks_of_a_report(store: Store) -> None:
    store.run("CREATE INDEX evidence_check_forum_report ON evidence_check (forum, report)")


def _orders_name_who_acts(store: Store) -> None:
    small = "SMALLINT" if store.is_postgres else "INTEGER"
    store.run(f"ALTER TABLE directive ADD COLUMN acting {small} NOT NULL DEFAULT 0")


def _copies_for_readers(store: Store) -> None:
    store.run("ALTER TABLE media ADD COLUMN readable TEXT")
    store.run("CREATE INDEX media_readable ON media (readable)")


def _pictures_have_grids(store: Store) -> None:
    store.run("ALTER TABLE media ADD COLUMN grid TEXT NOT NULL DEFAULT ''")


def _reading_is_seen(store: Store) -> None:
    large = "BIGINT" if store.is_postgres else "INTEGER"
    store.run(
        "CREATE TABLE reading (forum TEXT NOT NULL, person TEXT NOT NULL, week TEXT NOT NULL,"
        f" first {large} NOT NULL, last {large} NOT NULL, PRIMARY KEY (forum, person, week))"
    )


MIGRATIONS: tuple[Migration, ...] = (
    Migration(2, "contents are destroyed when their retention ends", _contents_end),
    Migration(3, "the index of an encrypted message may be larger than PostgreSQL's INTEGER", _wide_index),
    Migration(4, "what was done to people and rooms can be shown and taken back", _acts_are_kept),
    Migration(5, "what people agreed to beside the roster is kept", _grants_are_kept),
    Migration(6, "which rules on messages a person met is remembered", _conduct_is_remembered),
    Migration(7, "a room may be replaced by another", _rooms_are_replaced),
    Migration(8, "how many came at once whom nobody knows can be counted", _entrances_are_counted),
    Migration(9, "a picture is recognised when it comes again, also changed", _pictures_are_recognised),
    Migration(10, "all that is open, late or to be judged in a forum is found by its state", _states_are_listed),
    Migration(11, "meetings are held", _meetings_are_kept),
    Migration(12, "an order shows that its author changed its words", _orders_are_revised),
    Migration(13, "people look at photos and videos before they count", _pictures_are_looked_at),
    Migration(14, "decisions name what they end, and are kept whole", _decisions_end),
    Migration(15, "who wants a morning digest, or none, is remembered", _digests_are_wished),
    Migration(
        16, "an order says what it asks for and in whose name; evidence may follow a report", _orders_say_more
    ),
    Migration(17, "an order may be urgent", _orders_are_urgent),
    Migration(18, "a decision shows who withdrew it, and when", _decisions_are_withdrawn),
    Migration(19, "what waits to be looked at is found by its report", _checks_of_a_report),
    Migration(20, "an order says whether its giver held the office for the time being", _orders_name_who_acts),
    Migration(21, "a picture may have a copy for readers", _copies_for_readers),
    Migration(22, "pictures from one spot can be laid upon each other", _pictures_have_grids),
    Migration(23, "every step of an order can be told, with who, when and why", steps.begin),
    Migration(24, "who has opened the forum can be seen by experts", _reading_is_seen),
)
"""Steps after the first version, in order. Released steps are never edited."""

NEWEST = MIGRATIONS[-1].version if MIGRATIONS else 1


def migrate(store: Store) -> int:
    """Bring the database to the newest version and return the version it had (0: it was empty).

    Raises :class:`LedgerError` when the database was made by a newer Tudang, or fails.
    """
    version = version_of(store)
    if version == 0:
        with store.transaction():
            create(store)
            store.run("INSERT INTO meta (name, value) VALUES ('schema', ?)", (str(NEWEST),))
        return 0
    if version > NEWEST:
        raise LedgerError(
            f"This database was made by a newer Tudang (schema {version}, this program knows {NEWEST}). "
            "Install that version again, or restore a backup from before."
        )
    for step in MIGRATIONS:
        if step.version <= version:
            continue
        with store.transaction():
            step.work(store)
            store.run("UPDATE meta SET value = ? WHERE name = 'schema'", (str(step.version),))
    return version


def version_of(store: Store) -> int:
    """The version of a database's schema; 0 when it holds no ledger."""
    if not has_ledger(store):
        return 0
    row = store.one("SELECT value FROM meta WHERE name = 'schema'")
    return int(row[0]) if row else 1


def has_ledger(store: Store) -> bool:
    """Whether the tables of a ledger were made in a database."""
    with store.database.bind_ctx((Meta,), bind_refs=False, bind_backrefs=False):
        return bool(Meta.table_exists())  # type: ignore[no-untyped-call]


def create(store: Store) -> None:
    """Make the tables of the newest version, all empty, in the running transaction."""
    with store.database.bind_ctx(ALL, bind_refs=False, bind_backrefs=False):
        store.database.create_tables(ALL, safe=False)
