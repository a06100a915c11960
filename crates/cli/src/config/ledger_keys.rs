//! The keys of `[ledger]`.

use super::key::KeyDefault::{Value, Words};
use super::key::{Key, KeyKind, Section};
use super::keys::{HOUR, seconds_to};

const MIB: u64 = 1024 * 1024;

pub(super) const LEDGER: Section = Section {
    path: "ledger",
    repeated: false,
    about: "Where exchanges are kept, and how long. All but `bodies` is taken over at the next start.",
    keys: &[
        Key {
            name: "url",
            kind: KeyKind::Text,
            default: Words("`DATABASE_URL`, else `\"sqlite:ironbridge.db\"`"),
            example: "\"postgres://gateway@db.example.com/ironbridge\"",
            about: "The database: `sqlite:FILE`, relative to the data folder, or `postgres://…`; `off`: only the last \
                    exchanges are kept, in memory.",
            details: "Not with a password: such an address belongs into the variable `DATABASE_URL`. Connections to \
                      PostgreSQL are not encrypted yet.",
        },
        Key {
            name: "bodies",
            kind: KeyKind::Text,
            default: Words("`\"off\"`; with `STORAGE_ENABLED` `\"7d\"`"),
            example: "\"7d\"",
            about: "How long requests and replies themselves are kept, from `1h`; `off`: not at all.",
            details: "Without what looks like a secret, compressed, and only in the ledger. Streamed replies are kept as \
                      if they had come in one piece.",
        },
        Key {
            name: "keep",
            kind: KeyKind::Text,
            default: Value("\"off\""),
            example: "\"90d\"",
            about: "How long the records of exchanges are kept, from `1h`; `off`: for ever.",
            details: "Sums of hours, days, sessions and conversations stay.",
        },
        Key {
            name: "sync",
            kind: KeyKind::Choice(&["process", "full"]),
            default: Value("\"process\""),
            example: "\"full\"",
            about: "What a record survives once the client has seen the end of its reply.",
            details: "`process`: the end of the gateway, however sudden. `full`: also that of the machine; each reply \
                      then waits for the disk.",
        },
        Key {
            name: "lease",
            kind: seconds_to(HOUR),
            default: Value("\"60s\""),
            example: "\"2m\"",
            about: "A gateway that its database has not heard of for so long counts as gone.",
            details: "What it had reserved of budgets is given back then. After a restart in the same data folder that is \
                      at once.",
        },
        Key {
            name: "journal_max",
            kind: KeyKind::Size { min: MIB, max: 1024 * 1024 * MIB },
            default: Value("\"1GiB\""),
            example: "\"10GiB\"",
            about: "How much the journal may hold while the database is away.",
            details: "With `bodies` it holds those too.",
        },
        Key {
            name: "on_full",
            kind: KeyKind::Choice(&["serve", "refuse"]),
            default: Value("\"serve\""),
            example: "\"refuse\"",
            about: "What becomes of requests while the journal is full or its disk fails.",
            details: "`serve`: they are answered and not recorded, which the log and \
                      `ironbridge_ledger_unrecorded` of `/metrics` say. `refuse`: 503.",
        },
    ],
};
