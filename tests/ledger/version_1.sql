-- The tables of the first version, as PostgreSQL was told to make them. Never to be edited: databases of that
-- version are made of it in tests. SQLite is told the same with INTEGER and BLOB for BIGINT, SMALLINT and BYTEA.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE forum (
    id TEXT NOT NULL PRIMARY KEY,
    stage TEXT NOT NULL,
    position BIGINT NOT NULL,
    link BYTEA NOT NULL,
    policy_version INTEGER NOT NULL,
    policy_sha256 TEXT NOT NULL,
    roster_version INTEGER NOT NULL,
    roster_sha256 TEXT NOT NULL,
    rehearsal SMALLINT NOT NULL
);

CREATE TABLE counter (
    forum TEXT NOT NULL,
    series TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (forum, series)
);

CREATE TABLE file_text (
    forum TEXT NOT NULL,
    what TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    text BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (forum, what, version)
);

CREATE TABLE room (
    room TEXT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    kind TEXT NOT NULL,
    membership TEXT NOT NULL,
    person TEXT,
    adopted_at BIGINT,
    made_by_us SMALLINT NOT NULL,
    stale SMALLINT NOT NULL,
    degraded TEXT NOT NULL
);

CREATE INDEX room_stale ON room (stale);

CREATE TABLE room_state (
    room TEXT NOT NULL,
    type TEXT NOT NULL,
    state_key TEXT NOT NULL,
    event TEXT NOT NULL,
    sender TEXT NOT NULL,
    at BIGINT NOT NULL,
    membership TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (room, type, state_key)
);

CREATE TABLE adopted (
    room TEXT NOT NULL,
    user_id TEXT NOT NULL,
    present SMALLINT NOT NULL,
    left_by_hand SMALLINT NOT NULL,
    act TEXT,
    act_at BIGINT,
    PRIMARY KEY (room, user_id)
);

CREATE TABLE inbox (
    id BIGINT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    room TEXT NOT NULL,
    batch BIGINT NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    session TEXT,
    message_index INTEGER,
    person TEXT,
    state TEXT NOT NULL,
    due BIGINT,
    patience BIGINT,
    at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    wire BYTEA,
    error TEXT NOT NULL
);

CREATE UNIQUE INDEX inbox_key ON inbox (key);

CREATE INDEX inbox_state_batch_place ON inbox (state, batch, place);

CREATE INDEX inbox_state_due ON inbox (state, due);

CREATE INDEX inbox_session_message_index ON inbox (session, message_index);

CREATE INDEX inbox_room_state_batch ON inbox (room, state, batch);

CREATE INDEX inbox_person_state ON inbox (person, state);

CREATE TABLE gap (
    id TEXT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    room TEXT NOT NULL,
    batch BIGINT NOT NULL,
    place BIGINT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    taken INTEGER NOT NULL,
    events INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    not_before BIGINT NOT NULL,
    opened BIGINT NOT NULL
);

CREATE INDEX gap_state ON gap (state);

CREATE TABLE fact (
    forum TEXT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA,
    salt BYTEA,
    content_hash BYTEA NOT NULL,
    link BYTEA NOT NULL,
    PRIMARY KEY (forum, position)
);

CREATE INDEX fact_forum_kind_position ON fact (forum, kind, position);

CREATE TABLE outbox (
    id BIGINT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    lane INTEGER NOT NULL,
    room TEXT NOT NULL,
    effect BYTEA NOT NULL,
    ref TEXT NOT NULL,
    merge TEXT NOT NULL,
    state TEXT NOT NULL,
    txn TEXT NOT NULL,
    device TEXT NOT NULL,
    cause TEXT NOT NULL,
    created BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    first_try BIGINT,
    attempts INTEGER NOT NULL,
    event TEXT,
    reserved TEXT NOT NULL,
    error TEXT NOT NULL
);

CREATE UNIQUE INDEX outbox_txn ON outbox (txn);

CREATE INDEX outbox_state_lane_id ON outbox (state, lane, id);

CREATE INDEX outbox_forum_merge_state ON outbox (forum, merge, state);

CREATE INDEX outbox_forum_ref_state ON outbox (forum, ref, state);

CREATE TABLE posted (
    forum TEXT NOT NULL,
    ref TEXT NOT NULL,
    room TEXT NOT NULL,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    edited BIGINT NOT NULL,
    shown TEXT NOT NULL,
    gone SMALLINT NOT NULL,
    PRIMARY KEY (forum, ref)
);

CREATE INDEX posted_event ON posted (event);

CREATE TABLE fetching (
    event TEXT NOT NULL,
    place INTEGER NOT NULL,
    forum TEXT NOT NULL,
    person TEXT,
    body BYTEA NOT NULL,
    attempts INTEGER NOT NULL,
    not_before BIGINT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (event, place)
);

CREATE INDEX fetching_created ON fetching (created);

CREATE INDEX fetching_not_before ON fetching (not_before);

CREATE INDEX fetching_forum_person ON fetching (forum, person);

CREATE TABLE download (
    token_sha256 TEXT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    week TEXT NOT NULL,
    name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX download_expires_at ON download (expires_at);

CREATE TABLE message (
    event TEXT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    room TEXT NOT NULL,
    sender TEXT NOT NULL,
    person TEXT,
    name TEXT NOT NULL,
    unit TEXT,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    number TEXT,
    text TEXT NOT NULL,
    media BYTEA,
    received_at BIGINT NOT NULL,
    encrypted SMALLINT NOT NULL,
    thread TEXT,
    reply_to TEXT,
    redacted SMALLINT NOT NULL
);

CREATE TABLE media (
    event TEXT NOT NULL,
    place INTEGER NOT NULL,
    forum TEXT NOT NULL,
    room TEXT NOT NULL,
    person TEXT,
    unit TEXT,
    kind TEXT NOT NULL,
    mxc TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    thread TEXT,
    reply_to TEXT,
    report TEXT,
    verdict TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    mime TEXT NOT NULL,
    PRIMARY KEY (event, place)
);

CREATE INDEX media_forum_person_received_at ON media (forum, person, received_at);

CREATE INDEX media_forum_report ON media (forum, report);

CREATE INDEX media_verdict_person ON media (verdict, person);

CREATE TABLE first_use (
    sha256 TEXT NOT NULL PRIMARY KEY,
    forum TEXT NOT NULL,
    event TEXT NOT NULL,
    place INTEGER NOT NULL,
    report TEXT,
    at BIGINT NOT NULL
);

CREATE INDEX first_use_event_place ON first_use (event, place);

CREATE TABLE directive (
    forum TEXT NOT NULL,
    number TEXT NOT NULL,
    event TEXT NOT NULL,
    room TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    to_all SMALLINT NOT NULL,
    state TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    due BIGINT,
    due_phrase TEXT NOT NULL,
    due_certain SMALLINT NOT NULL,
    evidence TEXT NOT NULL,
    thread TEXT,
    PRIMARY KEY (forum, number)
);

CREATE INDEX directive_forum_state_issued_at ON directive (forum, state, issued_at);

CREATE INDEX directive_event ON directive (event);

CREATE TABLE task (
    forum TEXT NOT NULL,
    directive TEXT NOT NULL,
    unit TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    person TEXT,
    report TEXT,
    cause TEXT NOT NULL,
    acknowledged_by TEXT NOT NULL,
    PRIMARY KEY (forum, directive, unit)
);

CREATE INDEX task_acknowledged_by ON task (acknowledged_by);

CREATE INDEX task_forum_unit_state_issued_at ON task (forum, unit, state, issued_at);

CREATE TABLE report (
    forum TEXT NOT NULL,
    number TEXT NOT NULL,
    event TEXT NOT NULL,
    room TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    directive TEXT,
    reported_at BIGINT NOT NULL,
    evidence_until BIGINT,
    thread TEXT,
    emergency SMALLINT NOT NULL,
    nil SMALLINT NOT NULL,
    changed_at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (forum, number)
);

CREATE INDEX report_event ON report (event);

CREATE INDEX report_cause ON report (cause);

CREATE INDEX report_forum_person_reported_at ON report (forum, person, reported_at);

CREATE INDEX report_forum_directive ON report (forum, directive);

CREATE TABLE decision (
    forum TEXT NOT NULL,
    number TEXT NOT NULL,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (forum, number)
);

CREATE INDEX decision_event ON decision (event);

CREATE TABLE proposal (
    forum TEXT NOT NULL,
    number TEXT NOT NULL,
    what TEXT NOT NULL,
    room TEXT NOT NULL,
    users TEXT NOT NULL,
    persons TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL,
    needs INTEGER NOT NULL,
    by_whom TEXT NOT NULL,
    due BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (forum, number)
);

CREATE INDEX proposal_forum_state ON proposal (forum, state);

CREATE TABLE asked (
    forum TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (forum, what, about)
);

CREATE INDEX asked_forum_what_at ON asked (forum, what, at);
