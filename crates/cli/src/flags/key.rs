//! The flags of the commands about client keys.

use super::row::{Flag, FlagKind};

/// The most that `--rpm` and `--tpm` take: more in a minute is no limit.
const PER_MINUTE_MAX: u64 = 1_000_000_000;

pub(super) const NEW_FLAGS: &[Flag] = &[
    Flag {
        name: "name",
        short: None,
        kind: FlagKind::Text("NAME"),
        default: "its id",
        about: "Call the key so in records and statistics",
        details: "No two keys in force have the same name.",
    },
    Flag {
        name: "models",
        short: None,
        kind: FlagKind::Text("GLOBS"),
        default: "every model",
        about: "Let it use the models of these globs, separated by commas",
        details: "They are compared with the name that a client sends: claude-*,gpt-5",
    },
    Flag {
        name: "rpm",
        short: None,
        kind: FlagKind::Count { name: "REQUESTS", min: 1, max: PER_MINUTE_MAX },
        default: "",
        about: "Let it send so many requests in a minute",
        details: "",
    },
    Flag {
        name: "tpm",
        short: None,
        kind: FlagKind::Count { name: "TOKENS", min: 1, max: PER_MINUTE_MAX },
        default: "",
        about: "Let it use so many tokens in a minute, input and output",
        details: "",
    },
    Flag {
        name: "budget",
        short: None,
        kind: FlagKind::Text("AMOUNT"),
        default: "",
        about: "Let it spend so much: USD, tokens or requests, in a day, a month or in all",
        details: "Amounts, separated by commas: 20USD/month,2000000tokens/day. Days and months are those of UTC. It is \
                  counted in the ledger.",
    },
    Flag {
        name: "expires",
        short: None,
        kind: FlagKind::Text("WHEN"),
        default: "never",
        about: "Refuse it from then on: a duration from now, a day or a time",
        details: "For example 30d, 2027-01-31 (its beginning in UTC) or 2027-01-31T18:00:00Z.",
    },
    Flag {
        name: "domain",
        short: None,
        kind: FlagKind::Text("HOST"),
        default: "every Host that is served",
        about: "Let it work only for requests to this Host",
        details: "A name that is not loopback must stand in server.domains.",
    },
    Flag {
        name: "paths",
        short: None,
        kind: FlagKind::Text("PATHS"),
        default: "every path",
        about: "Let it ask only for these paths and what is below them, separated by commas",
        details: "With or without /v1: /messages,/models.",
    },
    Flag {
        name: "project",
        short: None,
        kind: FlagKind::Text("NAME"),
        default: "",
        about: "Count all its requests to this project",
        details: "Without it a request names its project in `x-ironbridge-project`, or has the one of its Host.",
    },
];

pub(super) const LIST_FLAGS: &[Flag] = &[Flag {
    name: "json",
    short: None,
    kind: FlagKind::Switch,
    default: "",
    about: "Print JSON",
    details: "Times are in seconds since 1970.",
}];

pub(super) const ROTATE_FLAGS: &[Flag] = &[
    Flag {
        name: "key",
        short: None,
        kind: FlagKind::ArgumentName("KEY"),
        default: "",
        about: "The key's id, or its name",
        details: "",
    },
    Flag {
        name: "overlap",
        short: None,
        kind: FlagKind::Text("TIME"),
        default: "`24h`",
        about: "Let the old text work for so long; 0s: not at all",
        details: "",
    },
];

pub(super) const REVOKE_FLAGS: &[Flag] = &[Flag {
    name: "key",
    short: None,
    kind: FlagKind::ArgumentName("KEY"),
    default: "",
    about: "The key's id or name",
    details: "",
}];
