//! What the user typed, as typed values.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use ironbridge_session::Mode;
use ironbridge_upstream::Secret;
use ironbridge_upstream::copilot::AccountType;

use crate::flags;

/// A whole command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// What every command takes.
    pub(crate) global: Global,
    /// The command.
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug)]
pub(crate) struct Global {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// `--data-dir`.
    pub(crate) data_dir: Option<PathBuf>,
    /// `-v`.
    pub(crate) verbose: bool,
    /// `--log-level`.
    pub(crate) log_level: Option<String>,
}

/// A command and what it takes.
#[derive(Debug)]
pub(crate) enum Command {
    /// `start`.
    Start(Start),
    /// `dashboard`.
    Dashboard(Dashboard),
    /// `top`.
    Top(Top),
    /// `key`.
    Key(KeyCommand),
    /// `ledger`.
    Ledger(LedgerCommand),
    /// `tokens`.
    Tokens(Tokens),
    /// `run [PROMPT]`.
    Run(Run),
    /// `session …`.
    Session(SessionCommand),
    /// `tool [NAME]`.
    Tool(Tool),
    /// `acp`.
    Acp(Acp),
    /// `mcp`.
    Mcp(Mcp),
    /// `auth [PROVIDER]`.
    Auth(Auth),
    /// `check-usage [PROVIDER]`.
    CheckUsage(CheckUsage),
    /// `doctor`.
    Doctor(Doctor),
    /// `debug`, and whether with `--json`.
    Debug {
        /// `--json`.
        json: bool,
    },
    /// `completions SHELL`.
    Completions(String),
    /// `generate-docs DIR`.
    GenerateDocs(PathBuf),
}

/// A command about the agent's sessions.
#[derive(Debug)]
pub(crate) enum SessionCommand {
    /// `session list`.
    List {
        /// `--all`.
        all: bool,
        /// `--json`.
        json: bool,
    },
    /// `session export SESSION`.
    Export(String),
    /// `session rename SESSION TITLE`.
    Rename {
        /// The session.
        session: String,
        /// Its new title.
        title: String,
    },
    /// `session fork SESSION`.
    Fork {
        /// The session.
        session: String,
        /// `--turn`.
        turn: Option<u64>,
    },
    /// `session remove SESSION`.
    Remove(String),
}

/// A command about the ledger, and the file it is given.
#[derive(Debug)]
pub(crate) enum LedgerCommand {
    /// `ledger backup FILE`.
    Backup(String),
    /// `ledger restore FILE`.
    Restore(String),
    /// `ledger export`.
    Export,
    /// `ledger import FILE`.
    Import(String),
    /// `ledger reprice`.
    Reprice {
        /// `--since`, as it was typed.
        since: Option<String>,
        /// `--dry-run`.
        dry: bool,
    },
    /// `ledger grants`.
    Grants,
}

/// The flags of `start`.
#[derive(Debug)]
pub(crate) struct Start {
    /// `--port`.
    pub(crate) port: Option<u16>,
    /// `--host`.
    pub(crate) host: Option<IpAddr>,
    /// `--offline`.
    pub(crate) offline: bool,
    /// `--no-dashboard`.
    pub(crate) no_dashboard: bool,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
    /// `--exit-after`.
    pub(crate) exit_after: Option<Duration>,
    /// `--account-type`.
    pub(crate) account_type: Option<AccountType>,
    /// `--github-token`.
    pub(crate) github_token: Option<Secret>,
    /// `--show-token`.
    pub(crate) show_token: bool,
    /// `--manual`.
    pub(crate) manual: bool,
    /// `--rate-limit`.
    pub(crate) rate_limit: Option<Duration>,
    /// `--wait`.
    pub(crate) wait: bool,
    /// `--claude-code`.
    pub(crate) claude_code: bool,
    /// The models for it, as far as they are named.
    pub(crate) models: ClaudeCodeModels,
}

/// The flags of `dashboard`.
#[derive(Debug)]
pub(crate) struct Dashboard {
    /// `--port`.
    pub(crate) port: u16,
    /// `--host`.
    pub(crate) host: IpAddr,
}

/// The flags of `top`.
#[derive(Debug)]
pub(crate) struct Top {
    /// `--url`.
    pub(crate) url: Option<String>,
    /// `--once`.
    pub(crate) once: bool,
}

/// What `--claude-code` is told of the models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaudeCodeModels {
    /// `--model`.
    pub(crate) model: Option<String>,
    /// `--small-model`.
    pub(crate) small_model: Option<String>,
}

/// The arguments of `auth`.
#[derive(Debug)]
pub(crate) struct Auth {
    /// The name of the provider.
    pub(crate) provider: Option<String>,
    /// `--status`.
    pub(crate) status: bool,
    /// `--logout`.
    pub(crate) logout: bool,
    /// `--show-token`.
    pub(crate) show_token: bool,
    /// `--yes`.
    pub(crate) yes: bool,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
}

/// The arguments of `check-usage`.
#[derive(Debug)]
pub(crate) struct CheckUsage {
    /// The name of the provider.
    pub(crate) provider: Option<String>,
    /// `--json`.
    pub(crate) json: bool,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
}

/// The arguments of `doctor`.
#[derive(Debug)]
pub(crate) struct Doctor {
    /// `--offline`.
    pub(crate) offline: bool,
    /// `--json`.
    pub(crate) json: bool,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
}

/// A command about client keys.
#[derive(Debug)]
pub(crate) enum KeyCommand {
    /// `key new`.
    New(KeyNew),
    /// `key list`.
    List {
        /// `--json`.
        json: bool,
    },
    /// `key revoke KEY`: an id or a name.
    Revoke(String),
    /// `key rotate KEY`.
    Rotate {
        /// An id or a name.
        key: String,
        /// `--overlap`, as it was typed.
        overlap: Option<String>,
    },
}

/// The flags of `key new`, those with a form of their own as they were typed.
#[derive(Debug)]
pub(crate) struct KeyNew {
    /// `--name`.
    pub(crate) name: Option<String>,
    /// `--models`.
    pub(crate) models: Option<String>,
    /// `--rpm`.
    pub(crate) rpm: Option<u64>,
    /// `--tpm`.
    pub(crate) tpm: Option<u64>,
    /// `--budget`.
    pub(crate) budget: Option<String>,
    /// `--expires`.
    pub(crate) expires: Option<String>,
    /// `--domain`.
    pub(crate) domain: Option<String>,
    /// `--paths`.
    pub(crate) paths: Option<String>,
    /// `--project`.
    pub(crate) project: Option<String>,
}

/// The arguments of `tokens`.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The files, `-` for stdin; at least one.
    pub(crate) files: Vec<PathBuf>,
    /// `--model`.
    pub(crate) model: Option<String>,
    /// `--encoding`.
    pub(crate) encoding: Option<String>,
}

/// The arguments of `tool`.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Which tool; none: list them.
    pub(crate) name: Option<String>,
    /// `--root`.
    pub(crate) root: Option<PathBuf>,
    /// `--no-sandbox`.
    pub(crate) no_sandbox: bool,
    /// `--timeout`.
    pub(crate) timeout: Option<Duration>,
    /// `--allow-host`, as often as it was given.
    pub(crate) allowed_hosts: Vec<String>,
    /// `--schema`.
    pub(crate) schema: bool,
}

/// The flags of `acp`.
#[derive(Debug)]
pub(crate) struct Acp {
    /// `--model`.
    pub(crate) model: Option<String>,
    /// `--mode`.
    pub(crate) mode: Option<Mode>,
    /// `--max-turns`.
    pub(crate) turns_max: Option<u64>,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
}

/// The flags of `mcp`.
#[derive(Debug)]
pub(crate) struct Mcp {
    /// `--root`.
    pub(crate) root: Option<PathBuf>,
    /// `--allow-write`.
    pub(crate) allow_write: bool,
    /// `--allow-shell`.
    pub(crate) allow_shell: bool,
}

/// The port of `dashboard`, as the earlier proxy had it.
const DASHBOARD_PORT: u16 = 3001;

/// The arguments of `run`.
#[derive(Debug)]
pub(crate) struct Run {
    /// What is to be done.
    pub(crate) prompt: Option<String>,
    /// `--model`.
    pub(crate) model: Option<String>,
    /// `--mode`.
    pub(crate) mode: Option<Mode>,
    /// `--max-turns`.
    pub(crate) turns_max: Option<u64>,
    /// `--context-max`.
    pub(crate) context_max: Option<u64>,
    /// `--json`.
    pub(crate) json: bool,
    /// `--json-stream`.
    pub(crate) json_stream: bool,
    /// `--continue`.
    pub(crate) go_on: bool,
    /// `--resume`.
    pub(crate) resume: Option<String>,
    /// `--proxy-env`.
    pub(crate) proxy_env: bool,
}

impl Arguments {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// clap's: also for `--help` and `--version`, which are to be printed.
    pub(crate) fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut matches = flags::parser().try_get_matches_from(line)?;
        let (name, mut rest) =
            matches.remove_subcommand().expect("clap requires one of the commands");
        // Global flags reach the matches of the command, wherever they were written.
        let global = Global {
            config: rest.remove_one("config"),
            data_dir: rest.remove_one("data-dir"),
            verbose: rest.get_flag("verbose"),
            log_level: rest.remove_one("log-level"),
        };
        Ok(Arguments { global, command: command(&name, rest) })
    }
}

fn start(mut matches: ArgMatches) -> Start {
    Start {
        port: matches.remove_one("port"),
        host: matches.remove_one("host"),
        offline: matches.get_flag("offline"),
        no_dashboard: matches.get_flag("no-dashboard"),
        proxy_env: matches.get_flag("proxy-env"),
        exit_after: matches.remove_one("exit-after").map(Duration::from_secs),
        account_type: matches
            .remove_one::<String>("account-type")
            .and_then(|name| AccountType::parse(&name)),
        github_token: matches.remove_one::<String>("github-token").map(Secret::new),
        show_token: matches.get_flag("show-token"),
        manual: matches.get_flag("manual"),
        rate_limit: matches.remove_one("rate-limit").map(Duration::from_secs),
        wait: matches.get_flag("wait"),
        claude_code: matches.get_flag("claude-code"),
        models: ClaudeCodeModels {
            model: matches.remove_one("model"),
            small_model: matches.remove_one("small-model"),
        },
    }
}

fn command(name: &str, mut matches: ArgMatches) -> Command {
    match name {
        "start" => Command::Start(start(matches)),
        "dashboard" => Command::Dashboard(Dashboard {
            port: matches.remove_one("port").unwrap_or(DASHBOARD_PORT),
            host: matches.remove_one("host").unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        }),
        "top" => {
            Command::Top(Top { url: matches.remove_one("url"), once: matches.get_flag("once") })
        }
        "auth" => Command::Auth(Auth {
            provider: matches.remove_one("provider"),
            status: matches.get_flag("status"),
            logout: matches.get_flag("logout"),
            show_token: matches.get_flag("show-token"),
            yes: matches.get_flag("yes"),
            proxy_env: matches.get_flag("proxy-env"),
        }),
        "check-usage" => Command::CheckUsage(CheckUsage {
            provider: matches.remove_one("provider"),
            json: matches.get_flag("json"),
            proxy_env: matches.get_flag("proxy-env"),
        }),
        "debug" => Command::Debug { json: matches.get_flag("json") },
        "tokens" => Command::Tokens(tokens(matches)),
        "run" => Command::Run(run(matches)),
        "session" => Command::Session(session_command(matches)),
        "tool" => Command::Tool(Tool {
            name: matches.remove_one("name"),
            root: matches.remove_one("root"),
            no_sandbox: matches.get_flag("no-sandbox"),
            timeout: matches.remove_one("timeout").map(Duration::from_secs),
            allowed_hosts: matches
                .remove_many("allow-host")
                .map_or_else(Vec::new, Iterator::collect),
            schema: matches.get_flag("schema"),
        }),
        "acp" => Command::Acp(Acp {
            model: matches.remove_one("model"),
            mode: matches.remove_one::<String>("mode").and_then(|name| Mode::parse(&name)),
            turns_max: matches.remove_one("max-turns"),
            proxy_env: matches.get_flag("proxy-env"),
        }),
        "mcp" => Command::Mcp(Mcp {
            root: matches.remove_one("root"),
            allow_write: matches.get_flag("allow-write"),
            allow_shell: matches.get_flag("allow-shell"),
        }),
        "key" => {
            let inner = matches.remove_subcommand();
            let (name, rest) = inner.expect("clap requires one of the commands");
            Command::Key(key_command(&name, rest))
        }
        "ledger" => Command::Ledger(ledger_command(matches)),
        "completions" => {
            Command::Completions(matches.remove_one("shell").expect("clap requires it"))
        }
        "generate-docs" => {
            Command::GenerateDocs(matches.remove_one("folder").expect("clap requires it"))
        }
        // The test of the table against clap holds that these are all there are.
        _ => Command::Doctor(Doctor {
            offline: matches.get_flag("offline"),
            json: matches.get_flag("json"),
            proxy_env: matches.get_flag("proxy-env"),
        }),
    }
}

fn tokens(mut matches: ArgMatches) -> Tokens {
    Tokens {
        files: matches
            .remove_many("files")
            .map_or_else(|| vec![PathBuf::from("-")], Iterator::collect),
        model: matches.remove_one("model"),
        encoding: matches.remove_one("encoding"),
    }
}

fn run(mut matches: ArgMatches) -> Run {
    Run {
        prompt: matches.remove_one("prompt"),
        model: matches.remove_one("model"),
        mode: matches.remove_one::<String>("mode").and_then(|name| Mode::parse(&name)),
        turns_max: matches.remove_one("max-turns"),
        context_max: matches.remove_one("context-max"),
        json: matches.get_flag("json"),
        json_stream: matches.get_flag("json-stream"),
        go_on: matches.get_flag("continue"),
        resume: matches.remove_one("resume"),
        proxy_env: matches.get_flag("proxy-env"),
    }
}

fn session_command(mut matches: ArgMatches) -> SessionCommand {
    let inner = matches.remove_subcommand();
    let (name, mut matches) = inner.expect("clap requires one of the commands");
    if name == "list" {
        return SessionCommand::List {
            all: matches.get_flag("all"),
            json: matches.get_flag("json"),
        };
    }
    let session = matches.remove_one("session").expect("clap requires it");
    match name.as_str() {
        "export" => SessionCommand::Export(session),
        "rename" => {
            let title = matches.remove_one("title").expect("clap requires it");
            SessionCommand::Rename { session, title }
        }
        "fork" => SessionCommand::Fork { session, turn: matches.remove_one("turn") },
        _ => SessionCommand::Remove(session),
    }
}

fn ledger_command(mut matches: ArgMatches) -> LedgerCommand {
    let inner = matches.remove_subcommand();
    let (name, mut matches) = inner.expect("clap requires one of the commands");
    let file = |matches: &mut ArgMatches| matches.remove_one("file").expect("clap requires it");
    match name.as_str() {
        "backup" => LedgerCommand::Backup(file(&mut matches)),
        "restore" => LedgerCommand::Restore(file(&mut matches)),
        "import" => LedgerCommand::Import(file(&mut matches)),
        "reprice" => LedgerCommand::Reprice {
            since: matches.remove_one("since"),
            dry: matches.get_flag("dry-run"),
        },
        "grants" => LedgerCommand::Grants,
        _ => LedgerCommand::Export,
    }
}

fn key_command(name: &str, mut matches: ArgMatches) -> KeyCommand {
    match name {
        "new" => KeyCommand::New(KeyNew {
            name: matches.remove_one("name"),
            models: matches.remove_one("models"),
            rpm: matches.remove_one("rpm"),
            tpm: matches.remove_one("tpm"),
            budget: matches.remove_one("budget"),
            expires: matches.remove_one("expires"),
            domain: matches.remove_one("domain"),
            paths: matches.remove_one("paths"),
            project: matches.remove_one("project"),
        }),
        "rotate" => KeyCommand::Rotate {
            key: matches.remove_one("key").expect("clap requires it"),
            overlap: matches.remove_one("overlap"),
        },
        "revoke" => KeyCommand::Revoke(matches.remove_one("key").expect("clap requires it")),
        _ => KeyCommand::List { json: matches.get_flag("json") },
    }
}
