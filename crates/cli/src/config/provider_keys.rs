//! The rows of `[[provider]]` and the sections in it.

use std::time::Duration;

use super::key::KeyDefault::{Required, Value, Words};
use super::key::{Key, KeyKind, Section};
use super::keys::{DAY, HOUR, count, duration, seconds_to};
use crate::flags::ACCOUNT_TYPES;

pub(super) const PROVIDER: Section = Section {
    path: "provider",
    repeated: true,
    about: "A server that answers requests. The first is asked for models that no route matches and no provider lists.",
    keys: &[
        Key {
            name: "name",
            kind: KeyKind::Name,
            default: Required,
            example: "\"local\"",
            about: "The name that routes use; unique.",
            details: "",
        },
        Key {
            name: "kind",
            kind: KeyKind::Choice(&["offline", "anthropic", "openai", "copilot"]),
            default: Required,
            example: "\"openai\"",
            about: "Which protocol family it speaks.",
            details: "`openai` stands for every server that imitates OpenAI's API: OpenRouter, Ollama, vLLM, \
                      LM Studio and others. `copilot` is GitHub Copilot, by a login of `ironbridge auth`. `offline` is the \
                      built-in model, which needs no network.",
        },
        Key {
            name: "base_url",
            kind: KeyKind::Url,
            default: Words("the kind's own server"),
            example: "\"http://127.0.0.1:11434/v1\"",
            about: "What the official SDK of that kind takes as its base URL.",
            details: "For `openai` that includes `/v1`, for `anthropic` it does not. Copilot's own is what GitHub says.",
        },
        Key {
            name: "credential",
            kind: KeyKind::Secret,
            default: Words("none, or for Anthropic's own server `CLAUDE_API_KEY`"),
            example: "{ env = \"OPENAI_API_KEY\" }",
            about: "The key sent upstream.",
            details: "For `copilot` a GitHub token, which is sent to GitHub only. Not given, `anthropic` and `copilot` use \
                      the login of `ironbridge auth`.",
        },
        Key {
            name: "api",
            kind: KeyKind::Choices(&["chat", "responses"]),
            default: Value("[]"),
            example: "[\"chat\"]",
            about: "The dialects that an `openai` server speaks.",
            details: "Not given, the client's own is used where the server has shown that it speaks it, else chat.",
        },
        Key {
            name: "account_type",
            kind: KeyKind::Choice(ACCOUNT_TYPES),
            default: Value("\"individual\""),
            example: "\"business\"",
            about: "The kind of a `copilot` account: decides its server, where GitHub does not say.",
            details: "`--account-type` wins over it.",
        },
        Key {
            name: "enterprise_host",
            kind: KeyKind::Host,
            default: Words("github.com"),
            example: "\"octo.ghe.com\"",
            about: "The company's own GitHub, of a `copilot` account.",
            details: "",
        },
        Key {
            name: "github_url",
            kind: KeyKind::Url,
            default: Words("that of `enterprise_host`"),
            example: "\"https://github.example.com\"",
            about: "Where a `copilot` account logs in, if its GitHub is somewhere else.",
            details: "",
        },
        Key {
            name: "api_url",
            kind: KeyKind::Url,
            default: Words("that of `enterprise_host`"),
            example: "\"https://github.example.com/api/v3\"",
            about: "The API of a `copilot` account's GitHub, if it is somewhere else.",
            details: "",
        },
        Key {
            name: "identity",
            kind: KeyKind::NamedTexts,
            default: Value("{}"),
            example: "{ client_id = \"Iv1.0123456789abcdef\" }",
            about: "Client id and editor headers of your own, for `copilot` and `anthropic`.",
            details: "Names are those of the identity table without the kind: `client_id`, and for `copilot` `scope`, \
                      `editor-version` and its like. What you set needs no consent; `anthropic` has no `client_id` but \
                      yours.",
        },
        Key {
            name: "credential_files",
            kind: KeyKind::Path,
            default: Words("none, or for Anthropic's own server `CREDENTIALS_DIR`"),
            example: "\"credentials\"",
            about: "A folder with `DOMAIN.credentials.json`: the key or login of each domain, for `anthropic`.",
            details: "The domain is the request's `Host`; one without a file is served as if there were no folder.",
        },
        Key {
            name: "models_ttl",
            kind: seconds_to(DAY),
            default: Words("an hour for `copilot`, else five minutes"),
            example: "\"10m\"",
            about: "How long its list of models is good for.",
            details: "An old one is served while the new one is fetched.",
        },
        Key {
            name: "ca_file",
            kind: KeyKind::Path,
            default: Words("none"),
            example: "\"company-ca.pem\"",
            about: "Certificates, in PEM form, of authorities that may vouch for the server besides the public ones.",
            details: "One file may hold several. A self-signed server's own certificate does as well, where it is not \
                      marked as an authority's (`CA:TRUE`).",
        },
        Key {
            name: "headers",
            kind: KeyKind::NamedTexts,
            default: Value("{}"),
            example: "{ \"x-title\" = \"My tool\" }",
            about: "Headers that every request to the server gets.",
            details: "At most 64. Not for keys; and not those that the gateway sets or passes on from a client \
                      (`host`, `user-agent`, `content-*`, `anthropic-beta`, `idempotency-key` and their like).",
        },
        Key {
            name: "retries",
            kind: count(0, 10),
            default: Value("1"),
            example: "3",
            about: "How often a request is sent again after a network error or a 5xx, before any content.",
            details: "The official SDKs retry as well, so that attempts multiply.",
        },
    ],
};

pub(super) const OAUTH: Section = Section {
    path: "provider.oauth",
    repeated: false,
    about: "Where an `anthropic` provider above logs in, if not at Anthropic's own pages.",
    keys: &[
        Key {
            name: "authorize_url",
            kind: KeyKind::Url,
            default: Words("Anthropic's"),
            example: "\"https://login.example.com/authorize\"",
            about: "The page on which you agree.",
            details: "",
        },
        Key {
            name: "token_url",
            kind: KeyKind::Url,
            default: Words("Anthropic's"),
            example: "\"https://login.example.com/token\"",
            about: "Where codes and refresh tokens are exchanged.",
            details: "",
        },
        Key {
            name: "redirect_url",
            kind: KeyKind::Url,
            default: Words("Anthropic's page that shows the code"),
            example: "\"https://login.example.com/code\"",
            about: "Where the page leads afterwards, as registered for your `client_id`.",
            details: "",
        },
        Key {
            name: "scope",
            kind: KeyKind::Text,
            default: Value("\"org:create_api_key user:profile user:inference\""),
            example: "\"user:inference\"",
            about: "What the login asks for: words with spaces between.",
            details: "",
        },
    ],
};

pub(super) const TIMEOUTS: Section = Section {
    path: "provider.timeouts",
    repeated: false,
    about: "How long each step of an exchange with the provider above may take.",
    keys: &[
        Key {
            name: "connect",
            kind: duration(Duration::from_millis(100), Duration::from_secs(600)),
            default: Value("\"10s\""),
            example: "\"3s\"",
            about: "To open a connection, TLS included.",
            details: "",
        },
        Key {
            name: "headers",
            kind: seconds_to(DAY),
            default: Value("\"10m\""),
            example: "\"2m\"",
            about: "From the request sent to the response headers.",
            details: "Reasoning models answer late; the official SDKs wait ten minutes too.",
        },
        Key {
            name: "first_content",
            kind: seconds_to(DAY),
            default: Value("\"10m\""),
            example: "\"2m\"",
            about: "From the headers to the first event with content.",
            details: "",
        },
        Key {
            name: "idle",
            kind: seconds_to(DAY),
            default: Value("\"5m\""),
            example: "\"1m\"",
            about: "Between two chunks of a body; comments in a stream count as life.",
            details: "",
        },
    ],
};

pub(super) const POOL: Section = Section {
    path: "provider.pool",
    repeated: false,
    about: "How many connections to the provider above are kept.",
    keys: &[
        Key {
            name: "idle_timeout",
            kind: seconds_to(HOUR),
            default: Value("\"90s\""),
            example: "\"30s\"",
            about: "How long an idle connection is kept.",
            details: "",
        },
        Key {
            name: "idle_max",
            kind: count(0, 10_000),
            default: Value("64"),
            example: "8",
            about: "How many idle connections are kept.",
            details: "",
        },
        Key {
            name: "connections_max",
            kind: count(1, 100_000),
            default: Value("512"),
            example: "16",
            about: "How many connections may be open at once; a request beyond waits for one.",
            details: "",
        },
    ],
};
