//! The table itself. `--help`, shell completions and `docs/reference/flags.md` are made from it.

use super::account::{AUTH_FLAGS, CHECK_USAGE_FLAGS};
use super::agent::RUN_FLAGS;
use super::bridge::{ACP_FLAGS, MCP_FLAGS};
use super::dashboard::DASHBOARD_FLAGS;
use super::key::{LIST_FLAGS, NEW_FLAGS, REVOKE_FLAGS, ROTATE_FLAGS};
use super::ledger::{BACKUP_FLAGS, IMPORT_FLAGS, REPRICE_FLAGS, RESTORE_FLAGS};
use super::row::{Command, Flag, FlagKind};
use super::session::{
    SESSION_EXPORT_FLAGS, SESSION_FORK_FLAGS, SESSION_LIST_FLAGS, SESSION_REMOVE_FLAGS,
    SESSION_RENAME_FLAGS,
};
use super::start::START_FLAGS;
use super::tool::TOOL_FLAGS;
use super::top::TOP_FLAGS;

/// What `--log-level` takes.
pub(crate) const LOG_LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// What `completions` takes.
const SHELLS: &[&str] = &["bash", "elvish", "fish", "powershell", "zsh"];

/// Flags that every command takes.
pub(crate) const GLOBAL_FLAGS: &[Flag] = &[
    Flag {
        name: "config",
        short: None,
        kind: FlagKind::Path("FILE"),
        default: "`config.toml` in the config folder",
        about: "Read this config file",
        details: "The config folder is IRONBRIDGE_HOME, else the platform's (~/.config/ironbridge on Linux).",
    },
    Flag {
        name: "data-dir",
        short: None,
        kind: FlagKind::Path("DIR"),
        default: "the data folder",
        about: "Keep data in this folder",
        details: "The data folder is IRONBRIDGE_HOME, else the platform's (~/.local/share/ironbridge on Linux).",
    },
    Flag {
        name: "verbose",
        short: Some('v'),
        kind: FlagKind::Switch,
        default: "",
        about: "Log bodies and every chunk of a stream, secrets masked",
        details: "The same as --log-level debug.",
    },
    Flag {
        name: "log-level",
        short: None,
        kind: FlagKind::Choice("LEVEL", LOG_LEVELS),
        default: "`info`",
        about: "Log to stderr from this level on",
        details: "Wins over --verbose.",
    },
];

/// Every command, in the order of `--help`.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        name: "start",
        about: "Run the gateway",
        details: "Prints `listening on http://127.0.0.1:4141` once it accepts connections. Ctrl-C or SIGTERM \
                  lets running exchanges end; a second one does not. A changed config file is taken over while \
                  it runs; one with mistakes is reported and left alone.",
        hidden: false,
        flags: START_FLAGS,
    },
    Command {
        name: "dashboard",
        about: "Serve the dashboard alone, without a gateway",
        details: "Reads the ledger that the config names, and cannot write to it. The gateway beside it runs with \
                  `ironbridge start --no-dashboard`. The live board stays empty here: only the gateway itself knows what \
                  happens now.",
        hidden: false,
        flags: DASHBOARD_FLAGS,
    },
    Command {
        name: "top",
        about: "Show the live board of a running gateway in the terminal",
        details: "A row for each session, its agents beneath it, as the dashboard's live page has them. Arrows choose, p \
                  pauses, r resumes, s stops a session, q ends.",
        hidden: false,
        flags: TOP_FLAGS,
    },
    Command {
        name: "auth",
        about: "Log in to Copilot or Anthropic",
        details: "Always a new login; it takes the place of the old one only when it has succeeded. Logins are kept in \
                  the folder `credentials` of the data folder, in files that only you can read. `ironbridge auth \
                  --status` shows who is logged in.",
        hidden: false,
        flags: AUTH_FLAGS,
    },
    Command {
        name: "check-usage",
        about: "Show what is left of Copilot's quotas",
        details: "A running gateway shows the same under /usage.",
        hidden: false,
        flags: CHECK_USAGE_FLAGS,
    },
    Command {
        name: "key",
        about: "Make, list, rotate and revoke the keys of the gateway's clients",
        details: "A client sends its key as `authorization: Bearer` or `x-api-key`. While there are none, everyone on \
                  this machine may use the gateway, and `start` refuses to listen on any other address than loopback. \
                  The keys are in the ledger, as hashes, for all gateways on it, and in keys.json of each data folder, so \
                  that a gateway can start while the ledger's database is away; a running gateway notices every change.",
        hidden: false,
        flags: &[],
    },
    Command {
        name: "key new",
        about: "Make a key and print it, once",
        details: "Nobody can show it again: only a hash of it is kept.",
        hidden: false,
        flags: NEW_FLAGS,
    },
    Command {
        name: "key list",
        about: "List the keys",
        details: "",
        hidden: false,
        flags: LIST_FLAGS,
    },
    Command {
        name: "key rotate",
        about: "Give a key a new text and print it, once",
        details: "It stays the same key: its id, limits, budgets and records. The old text works on for a while, so that \
                  clients can change one by one.",
        hidden: false,
        flags: ROTATE_FLAGS,
    },
    Command {
        name: "key revoke",
        about: "Refuse a key from now on",
        details: "Requests under way end as they would. A gateway whose last key is revoked serves nobody until there \
                  is another.",
        hidden: false,
        flags: REVOKE_FLAGS,
    },
    Command {
        name: "ledger",
        about: "Copy the ledger, price it anew, or take it elsewhere",
        details: "The ledger is what `ledger.url` of the config names, else DATABASE_URL, else ironbridge.db of the data \
                  folder.",
        hidden: false,
        flags: &[],
    },
    Command {
        name: "ledger backup",
        about: "Copy the ledger into a new file, as it is now",
        details: "Gateways may go on writing meanwhile. Only for SQLite: PostgreSQL has pg_dump.",
        hidden: false,
        flags: BACKUP_FLAGS,
    },
    Command {
        name: "ledger restore",
        about: "Put a backup in the place of the ledger",
        details: "No gateway may have it open. Only for SQLite.",
        hidden: false,
        flags: RESTORE_FLAGS,
    },
    Command {
        name: "ledger export",
        about: "Print every exchange as a line of JSON, oldest first",
        details: "With its bodies, where they are kept.",
        hidden: false,
        flags: &[],
    },
    Command {
        name: "ledger import",
        about: "Write exported lines into the ledger",
        details: "From SQLite to PostgreSQL, or the other way. Sums and conversations are made anew of them.",
        hidden: false,
        flags: IMPORT_FLAGS,
    },
    Command {
        name: "ledger reprice",
        about: "Set anew what recorded exchanges cost, by the prices in force now",
        details: "Those are the config's [[price]], else the catalogue's. Sums follow; budgets keep what was booked. Only \
                  exchanges with a provider of the config that is paid by the token. Gateways may go on meanwhile.",
        hidden: false,
        flags: REPRICE_FLAGS,
    },
    Command {
        name: "ledger grants",
        about: "Print the SQL for PostgreSQL roles that may no more than they must",
        details: "",
        hidden: false,
        flags: &[],
    },
    Command {
        name: "tokens",
        about: "Count the tokens of files",
        details: "Says for each whether the number is exact or an estimate. Without a file, or for `-`, stdin \
                  is counted.",
        hidden: false,
        flags: TOKENS_FLAGS,
    },
    Command {
        name: "run",
        about: "Let the agent do a task in this folder, without a terminal",
        details: "Prints what the model says; what it does goes to stderr. Exit code 0: done; 1: failed; 2: asked \
                  wrongly; 3: the turn limit was reached, or an approval is needed; 130: interrupted. Sessions are kept \
                  in the data folder.",
        hidden: false,
        flags: RUN_FLAGS,
    },
    Command {
        name: "session",
        about: "List, export, rename, fork and remove the agent's sessions",
        details: "A session is a file in the folder `sessions` of the data folder. `ironbridge run --resume` goes on with \
                  one.",
        hidden: false,
        flags: &[],
    },
    Command {
        name: "session list",
        about: "List the sessions of this folder, the latest first",
        details: "",
        hidden: false,
        flags: SESSION_LIST_FLAGS,
    },
    Command {
        name: "session export",
        about: "Print a session as Markdown",
        details: "What was undone is left out.",
        hidden: false,
        flags: SESSION_EXPORT_FLAGS,
    },
    Command {
        name: "session rename",
        about: "Give a session another title",
        details: "",
        hidden: false,
        flags: SESSION_RENAME_FLAGS,
    },
    Command {
        name: "session fork",
        about: "Begin a session with what another one has, and print its id",
        details: "The other one stays as it is. The files of the project are not touched.",
        hidden: false,
        flags: SESSION_FORK_FLAGS,
    },
    Command {
        name: "session remove",
        about: "Remove a session for good",
        details: "",
        hidden: false,
        flags: SESSION_REMOVE_FLAGS,
    },
    Command {
        name: "tool",
        about: "Run a tool of the agent: JSON on stdin, JSON on stdout",
        details: "Without NAME the tools are listed; docs/reference/tools.md has their fields. A failure is \
                  {\"error\":{\"code\",\"message\"}} on stdout and exit code 1. Ctrl-C cancels.",
        hidden: false,
        flags: TOOL_FLAGS,
    },
    Command {
        name: "acp",
        about: "Run the agent for an editor, over stdin and stdout",
        details: "Agent Client Protocol, version 1: Zed, JetBrains, Neovim and others; docs/guide/editors.md has their \
                  settings. The editor's closing of stdin ends it; sessions are kept in the data folder.",
        hidden: false,
        flags: ACP_FLAGS,
    },
    Command {
        name: "mcp",
        about: "Offer the tools to any MCP client, over stdin and stdout",
        details: "For the settings of a client: command `ironbridge`, arguments `mcp`. Read-only unless a flag says \
                  otherwise. The client's closing of stdin ends it.",
        hidden: false,
        flags: MCP_FLAGS,
    },
    Command {
        name: "doctor",
        about: "Check config, files, port, network, clock and logins",
        details: "Each line is ok, warn or fail, with a hint; the exit code is 1 if one is fail. A provider is asked only \
                  whether it can be reached, without any key; GitHub and Anthropic are asked whether a login is good.",
        hidden: false,
        flags: DOCTOR_FLAGS,
    },
    Command {
        name: "debug",
        about: "Show the version and where everything is kept",
        details: "For reports of faults; it holds no secrets.",
        hidden: false,
        flags: &[JSON],
    },
    Command {
        name: "completions",
        about: "Print completions for a shell",
        details: "For example: ironbridge completions bash > ~/.local/share/bash-completion/completions/ironbridge",
        hidden: false,
        flags: &[Flag {
            name: "shell",
            short: None,
            kind: FlagKind::ArgumentChoice(SHELLS),
            default: "",
            about: "The shell",
            details: "",
        }],
    },
    Command {
        name: "generate-docs",
        about: "Write the pages of docs/reference that this binary knows",
        details: "",
        hidden: true,
        flags: &[Flag {
            name: "folder",
            short: None,
            kind: FlagKind::ArgumentFolder,
            default: "",
            about: "The folder to write into",
            details: "",
        }],
    },
];

/// `--proxy-env`, of every command that reaches providers.
pub(super) const PROXY_ENV: Flag = Flag {
    name: "proxy-env",
    short: None,
    kind: FlagKind::Switch,
    default: "",
    about: "Reach providers through HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
    details: "Without it these variables are not looked at.",
};

/// `--json`, of every command that has it.
pub(super) const JSON: Flag = Flag {
    name: "json",
    short: None,
    kind: FlagKind::Switch,
    default: "",
    about: "Print one JSON object",
    details: "",
};

const DOCTOR_FLAGS: &[Flag] = &[
    Flag {
        name: "offline",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Send nothing to anybody",
        details: "Network and clock are left out, and logins are only looked for.",
    },
    PROXY_ENV,
    JSON,
];

const TOKENS_FLAGS: &[Flag] = &[
    Flag {
        name: "files",
        short: None,
        kind: FlagKind::ArgumentFiles,
        default: "`-`",
        about: "The files to count; - is stdin",
        details: "",
    },
    Flag {
        name: "model",
        short: None,
        kind: FlagKind::Text("MODEL"),
        default: "",
        about: "Count as this model does",
        details: "For models with an open vocabulary the tokenizer.json is looked for in the config ([[tokenizer]]) \
                  and in the local Hugging Face cache; without one the number is an estimate.",
    },
    Flag {
        name: "encoding",
        short: None,
        kind: FlagKind::Choice("ENCODING", ENCODINGS),
        default: "`o200k_base`, where no model is given",
        about: "Count with this encoding, whatever the model",
        details: "",
    },
];

/// What `--encoding` takes.
const ENCODINGS: &[&str] = &["o200k_base", "cl100k_base", "p50k_base", "p50k_edit", "r50k_base"];
