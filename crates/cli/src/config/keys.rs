//! The one table of config keys. The reader, `docs/reference/config.md` and the JSON schema are made from it.

use std::time::Duration;

use super::budget_keys::BUDGET;
use super::key::KeyDefault::{Required, Value, Words};
use super::key::{Key, KeyKind, Section};
use super::ledger_keys::LEDGER;
use super::price_keys::PRICE;
use super::project::PROJECT;
use super::provider_keys::{OAUTH, POOL, PROVIDER, TIMEOUTS};

/// Every section, in the order of the reference page.
pub(crate) const SECTIONS: &[Section] = &[
    SERVER, LIMITS, PROVIDER, OAUTH, TIMEOUTS, POOL, ROUTE, TOKENIZER, LIMIT, PRICE, PROJECT,
    LEDGER, BUDGET,
];

/// The section of that path.
pub(crate) fn section(path: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.path == path)
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
/// What the buckets can count.
const RATE_MAX: u64 = 1 << 48;

pub(super) const fn duration(min: Duration, max: Duration) -> KeyKind {
    KeyKind::Duration { min, max }
}

pub(super) const fn seconds_to(max: Duration) -> KeyKind {
    duration(Duration::from_secs(1), max)
}

pub(super) const fn count(min: u64, max: u64) -> KeyKind {
    KeyKind::Count { min, max }
}

const SERVER: Section = Section {
    path: "server",
    repeated: false,
    about: "Where the gateway listens and how it treats its clients.",
    keys: &[
        Key {
            name: "listen",
            kind: KeyKind::Address,
            default: Value("\"127.0.0.1:4141\""),
            example: "\"127.0.0.1:8080\"",
            about: "The address to listen on.",
            details: "Port 0 takes a free one, which `start` prints. `--host` and `--port` win over it. \
                      A change needs a restart.",
        },
        Key {
            name: "admin_token",
            kind: KeyKind::Secret,
            default: Words("none, or `DASHBOARD_API_KEY`"),
            example: "{ env = \"IRONBRIDGE_ADMIN_TOKEN\" }",
            about: "Opens `/api`, `/metrics`, `/usage`, `/token-stats` and the dashboard to callers on other machines.",
            details: "`/token` wants it from everyone.",
        },
        Key {
            name: "read_token",
            kind: KeyKind::Secret,
            default: Words("none"),
            example: "{ env = \"IRONBRIDGE_READ_TOKEN\" }",
            about: "Opens the dashboard and `/api` to callers on other machines, as far as they change nothing.",
            details: "",
        },
        Key {
            name: "domains",
            kind: KeyKind::Hosts,
            default: Value("[]"),
            example: "[\"gateway.example.com\"]",
            about: "Host names, besides loopback and the listen address, that requests may name.",
            details: "A request with any other `Host` is refused: so a web page cannot reach the gateway \
                      through a name that it points at this machine.",
        },
        Key {
            name: "cors_origins",
            kind: KeyKind::Origins,
            default: Value("[]"),
            example: "[\"https://app.example.com\"]",
            about: "Origins of other sites whose web pages may use the models.",
            details: "Each as a browser sends it, `https://HOST` or `https://HOST:PORT`; there is no `*`. A page needs a \
                      client key as everyone does, and gets nothing of the operator's: `/api`, `/metrics` and the like.",
        },
        Key {
            name: "pass_through",
            kind: KeyKind::Switch,
            default: Value("false"),
            example: "true",
            about: "Whether a client's own credential may go upstream.",
            details: "Anthropic providers only. The client never chooses the host it goes to.",
        },
        Key {
            name: "on_disconnect",
            kind: KeyKind::Choice(&["cancel", "drain"]),
            default: Value("\"cancel\""),
            example: "\"drain\"",
            about: "What becomes of the upstream's reply when the client has gone.",
            details: "`cancel` closes the upstream's connection at once. `drain` reads on, up to 4 MiB and \
                      60 s, so that the usage is known.",
        },
        Key {
            name: "on_429",
            kind: KeyKind::Choice(&["answer", "wait"]),
            default: Value("\"answer\""),
            example: "\"wait\"",
            about: "What is done with an upstream's 429 when no other target is left.",
            details: "`answer` passes it on at once with the upstream's `Retry-After`. `wait` keeps \
                      requests waiting, at most five minutes, and lets them go one by one once the upstream's rest is \
                      over. A stream begins at once; its comments say how long it waits.",
        },
        Key {
            name: "interval",
            kind: duration(Duration::from_millis(1), HOUR),
            default: Words("none"),
            example: "\"2s\"",
            about: "Requests that make a model work start at least so far apart.",
            details: "Over all clients. `--rate-limit` wins over it.",
        },
        Key {
            name: "wait",
            kind: KeyKind::Switch,
            default: Value("false"),
            example: "true",
            about: "Whether a request that comes before the interval is over waits for its turn.",
            details: "At most five minutes. Without it such a request is answered with 429 and `Retry-After`. \
                      `--wait` switches it on.",
        },
        Key {
            name: "keep_alive",
            kind: seconds_to(Duration::from_secs(600)),
            default: Value("\"15s\""),
            example: "\"5s\"",
            about: "A stream that has been silent for so long gets a ping or a comment.",
            details: "",
        },
        Key {
            name: "shutdown_grace",
            kind: duration(Duration::ZERO, HOUR),
            default: Value("\"30s\""),
            example: "\"2m\"",
            about: "How long running exchanges may go on after shutdown began.",
            details: "Then their streams end with an error event. A second Ctrl-C ends them at once.",
        },
        Key {
            name: "exchanges_kept",
            kind: count(0, 1_000_000),
            default: Value("1000"),
            example: "100",
            about: "How many exchanges are remembered for `/api/exchanges`.",
            details: "A change needs a restart.",
        },
    ],
};

const LIMITS: Section = Section {
    path: "limits",
    repeated: false,
    about: "What one process takes at once, and from one client.",
    keys: &[
        Key {
            name: "body_max",
            kind: KeyKind::Size { min: KIB, max: 1024 * MIB },
            default: Value("\"64MiB\""),
            example: "\"32MiB\"",
            about: "The largest request body; a larger one is answered with 413.",
            details: "",
        },
        Key {
            name: "header_max",
            // hyper refuses a smaller read buffer.
            kind: KeyKind::Size { min: 8 * KIB, max: MIB },
            default: Value("\"64KiB\""),
            example: "\"16KiB\"",
            about: "The largest request head.",
            details: "A change needs a restart.",
        },
        Key {
            name: "connections_max",
            kind: count(1, 1_000_000),
            default: Value("4096"),
            example: "256",
            about: "The most connections from clients.",
            details: "A change needs a restart.",
        },
        Key {
            name: "concurrency_max",
            kind: count(1, 1_000_000),
            default: Value("512"),
            example: "64",
            about: "The most exchanges under way.",
            details: "",
        },
        Key {
            name: "queue_max",
            kind: count(0, 1_000_000),
            default: Value("512"),
            example: "0",
            about: "The most requests that wait for one of those places; one more is answered with 503.",
            details: "One session, or one address without a session, may hold half of them.",
        },
        Key {
            name: "queue_wait",
            kind: duration(Duration::ZERO, HOUR),
            default: Value("\"30s\""),
            example: "\"5s\"",
            about: "How long a request waits for a place.",
            details: "",
        },
        Key {
            name: "header_timeout",
            kind: seconds_to(HOUR),
            default: Value("\"30s\""),
            example: "\"10s\"",
            about: "How long a client may take to send its request head.",
            details: "A change needs a restart.",
        },
        Key {
            name: "body_idle_timeout",
            kind: seconds_to(HOUR),
            default: Value("\"30s\""),
            example: "\"10s\"",
            about: "How long a client may be silent while it sends its body.",
            details: "",
        },
        Key {
            name: "write_idle_timeout",
            kind: seconds_to(DAY),
            default: Value("\"5m\""),
            example: "\"1m\"",
            about: "How long a client may take no byte of its reply.",
            details: "A change needs a restart.",
        },
    ],
};

const ROUTE: Section = Section {
    path: "route",
    repeated: true,
    about: "Which providers serve a model name. The first route that matches is taken.",
    keys: &[
        Key {
            name: "match",
            kind: KeyKind::Glob,
            default: Required,
            example: "\"claude-*\"",
            about: "A glob over the model name that the client sent.",
            details: "An alias is a route without `*` and with one target `provider/model`.",
        },
        Key {
            name: "targets",
            kind: KeyKind::Targets,
            default: Required,
            example: "[\"main\", \"main/gpt-5\"]",
            about: "Where such a request goes, tried in order.",
            details: "A target is a provider's name, or `provider/model` (split at the first `/`) to ask for \
                      another model than the client did. The next one is tried only before the first content.",
        },
        Key {
            name: "strict",
            kind: KeyKind::Switch,
            default: Value("false"),
            example: "true",
            about: "Refuse, with a 400 that lists the paths, what cannot be translated without loss.",
            details: "",
        },
    ],
};

const TOKENIZER: Section = Section {
    path: "tokenizer",
    repeated: true,
    about: "A `tokenizer.json` with which the tokens of some models are counted exactly.",
    keys: &[
        Key {
            name: "match",
            kind: KeyKind::Glob,
            default: Required,
            example: "\"qwen3-*\"",
            about: "A glob over model names; the first tokenizer that matches is taken.",
            details: "",
        },
        Key {
            name: "file",
            kind: KeyKind::Path,
            default: Required,
            example: "\"qwen3/tokenizer.json\"",
            about: "The file, as Hugging Face publishes it.",
            details: "Not given, the local Hugging Face cache is searched.",
        },
    ],
};

const LIMIT: Section = Section {
    path: "limit",
    repeated: true,
    about: "What all requests for some models may use together. The first limit that matches counts.",
    keys: &[
        Key {
            name: "match",
            kind: KeyKind::Glob,
            default: Required,
            example: "\"claude-*\"",
            about: "A glob over the model that the first target is asked for.",
            details: "An alias therefore does not lead around it.",
        },
        Key {
            name: "requests_per_minute",
            kind: count(1, RATE_MAX),
            default: Words("no limit"),
            example: "60",
            about: "The most requests per minute; one more is answered with 429 and `Retry-After`.",
            details: "",
        },
        Key {
            name: "tokens_per_minute",
            kind: count(1, RATE_MAX),
            default: Words("no limit"),
            example: "400000",
            about: "The most tokens per minute, of input (cached or not) and output together.",
            details: "The input is estimated when a request comes in, from the size of its body and what was learnt of \
                      the model; the true usage takes the place of the estimate at the end. The output counts once it \
                      is known.",
        },
        Key {
            name: "budget",
            kind: KeyKind::Text,
            default: Words("no limit"),
            example: "\"50USD/day, 2000000tokens/day\"",
            about: "What all of them may take together: amounts of USD, tokens or requests, in a day or a month (UTC) or \
                    in all.",
            details: "Kept in the ledger, so it holds over restarts and for all gateways on one. See `[budget]`.",
        },
        Key {
            name: "burst",
            kind: seconds_to(HOUR),
            default: Value("\"1m\""),
            example: "\"10s\"",
            about: "So much time's worth of requests and tokens may be used at once.",
            details: "A request with more tokens than that can never pass, and is answered with 413.",
        },
    ],
};
