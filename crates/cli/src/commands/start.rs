//! `ironbridge start`.

use std::convert::Infallible;
use std::sync::Arc;

use ironbridge_console::Hub;
use ironbridge_gateway::{
    Approver, BindError, ClientKeys, Gateway, Handle, Observer, ServerSettings, Services,
};
use ironbridge_ledger::Store;
use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret};

use super::{banner, tokenizer_files};
use crate::accounts::Accounts;
use crate::approver::TerminalApprover;
use crate::arguments::{ClaudeCodeModels, Global, Start};
use crate::config::{Config, LedgerSource, Overrides};
use crate::config_file::ConfigFile;
use crate::console::{self, ToHub};
use crate::console_setup::OfGateway;
use crate::error::Error;
use crate::key_file::{Follower, KeyFile, LiveKeys, SharedKeys, SharedKeysError};
use crate::own_gateway::OwnGateway;
use crate::reload::Reload;
use crate::stop::{Signals, stop};
use crate::terminal::Terminal;
use crate::{claude_code, environment, ledger_folder, logging, logins, output, runtime};

/// Runs the gateway until it is told to stop.
pub(crate) fn run(flags: &Start, global: &Global) -> Result<(), Error> {
    logging::start(global);
    let file = ConfigFile::find(global);
    let overrides = overrides(flags)?;
    let text = file.read()?;
    let mut config = file.check(text.as_deref().unwrap_or_default(), &overrides)?;
    output::warnings(&config.warnings);
    complete(&mut config, &file)?;
    check_flags(flags, &config)?;
    let terminal = Arc::new(Terminal::default());
    let approver = flags.manual.then(|| approver(&terminal)).transpose()?;
    let ledger = ledger_folder::open(config.ledger.as_ref(), global)?;
    let hub = config.settings.server.dashboard.then(|| Arc::new(Hub::new()));
    let observer = hub.clone().map(|hub| Arc::new(ToHub(hub)) as Arc<dyn Observer>);
    let shared = shared_keys(config.ledger.as_ref(), global, ledger.is_some())?;
    let keys = shared.as_ref().map(live_keys).transpose()?;
    let services = Services { logins: logins::logins(global), ..Services::default() };
    let services = Services { approver, ledger: ledger.clone(), observer, ..services };
    let services = match &keys {
        Some(keys) => Services { keys: keys.clone(), ..services },
        None => services,
    };
    require_key(&config.settings.server, services.keys.as_ref())?;
    let follower = follow(shared.clone(), keys)?;
    let accounts = Accounts::new(global, config.settings.providers.clone()).ok();
    let shown = (file.shown(), ledger_folder::shown(config.ledger.as_ref(), global));
    let ended = runtime::block_on(async {
        let signals = Signals::listen()
            .map_err(|error| Error::failure("cannot listen for signals").caused_by(&error))?;
        let server = config.settings.server.clone();
        let gateway =
            Gateway::bind(config.settings, services).await.map_err(|error| cannot_bind(&error))?;
        let gateway = match &hub {
            Some(hub) => {
                let setup = OfGateway::new(gateway.handle(), global, shared, shown.0, shown.1);
                console::put_on(gateway, hub.clone(), ledger.as_ref(), setup)
            }
            None => gateway,
        };
        announce(&gateway);
        let own = OwnGateway::of(&gateway);
        let handle = gateway.handle();
        let handle_of_hub = handle.clone();
        let reload = Reload { handle: handle.clone(), file, overrides, server };
        tokio::select! {
            () = gateway.run() => Ok(()),
            never = end_listeners(&handle_of_hub, hub.as_deref()) => match never {},
            error = stop(handle, signals, flags.exit_after) => Err(error),
            () = reload.run(text) => Ok(()),
            never = guide(flags, accounts, &own, &terminal) => match never {},
        }
    });
    drop(follower);
    // With its last owner it writes what the journal still holds.
    drop(ledger);
    ended
}

/// Ends the live streams of the console when the gateway begins to stop: they have no end of their own to wait for.
async fn end_listeners(gateway: &Handle, hub: Option<&Hub>) -> Infallible {
    gateway.stops().await;
    if let Some(hub) = hub {
        hub.close();
    }
    std::future::pending().await
}

/// Where client keys are kept; `None`: there is no data folder.
fn shared_keys(
    source: Option<&LedgerSource>,
    global: &Global,
    has_ledger: bool,
) -> Result<Option<SharedKeys>, Error> {
    let Some(file) = KeyFile::find(global) else { return Ok(None) };
    let source = source.filter(|_| has_ledger);
    let address = source.map(|source| ledger_folder::address(Some(source), global)).transpose()?;
    Ok(Some(SharedKeys { file, address }))
}

/// The keys in force. Where the ledger is away, those that it had before; where it never was there, nobody is let in for
/// want of keys until it was asked.
fn live_keys(shared: &SharedKeys) -> Result<Arc<LiveKeys>, Error> {
    let asked = match &shared.address {
        None => Ok(()),
        Some(address) => Store::open(address, false)
            .map_err(SharedKeysError::from)
            .and_then(|mut store| shared.follow(&mut store, None).map(|_| ())),
    };
    let keys = LiveKeys::read(shared.file.clone())?;
    match asked {
        Ok(()) => {}
        Err(SharedKeysError::Ledger(error)) if error.is_transient() => {
            tracing::warn!(%error, "client keys are those of before; the ledger is asked again");
            keys.set_unsure(!shared.file.path().exists());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Arc::new(keys))
}

/// Follows the keys of the ledger, where there is one.
fn follow(
    shared: Option<SharedKeys>,
    keys: Option<Arc<LiveKeys>>,
) -> Result<Option<Follower>, Error> {
    let (Some(shared), Some(keys)) = (shared, keys) else { return Ok(None) };
    let Some(address) = shared.address.clone() else { return Ok(None) };
    let started = Follower::start(shared, address, keys);
    started.map(Some).map_err(|error| Error::failure("cannot start a thread").caused_by(&error))
}

/// Refuses to serve whole networks without asking who is there.
fn require_key(server: &ServerSettings, keys: &dyn ClientKeys) -> Result<(), Error> {
    let is_open = !keys.any();
    if is_open && !server.listen.ip().is_loopback() {
        let what = format!("every machine that reaches {} could use this gateway", server.listen);
        return Err(Error::usage(what)
            .hint("`ironbridge key new` makes a client key; from then on every client needs one")
            .hint("--host 127.0.0.1 serves this machine only, without keys"));
    }
    if is_open && !server.domains.is_empty() {
        output::message(
            "warning: whoever reaches this gateway by one of server.domains may use it\n\
             hint: `ironbridge key new` makes a client key; from then on every client needs one\n",
        );
    }
    Ok(())
}

/// Who asks before each request, for `--manual`.
///
/// # Errors
/// Nobody sits there who could answer.
fn approver(terminal: &Arc<Terminal>) -> Result<Arc<dyn Approver>, Error> {
    if !Terminal::is_there() {
        return Err(Error::usage("--manual asks in the terminal, and stdin is none"));
    }
    Ok(Arc::new(TerminalApprover::new(terminal.clone())))
}

/// Says what helps at the start, while requests are served already. It never ends, so that the gateway does not.
async fn guide(
    flags: &Start,
    accounts: Option<Accounts>,
    gateway: &OwnGateway,
    terminal: &Terminal,
) -> Infallible {
    if let Some(accounts) = accounts {
        banner::show(&accounts, gateway, flags.show_token).await;
    }
    if flags.claude_code
        && let Err(error) = claude_code::offer(flags.models.clone(), gateway, terminal).await
    {
        output::message(&error.render());
    }
    std::future::pending().await
}

/// Refuses flags that would have no effect.
fn check_flags(flags: &Start, config: &Config) -> Result<(), Error> {
    if !flags.claude_code && flags.models != ClaudeCodeModels::default() {
        return Err(Error::usage("--model and --small-model are for --claude-code"));
    }
    let copilot = |provider: &ProviderSettings| provider.kind == ProviderKind::Copilot;
    if flags.account_type.is_some() && !config.settings.providers.iter().any(copilot) {
        return Err(Error::usage("--account-type is for Copilot, and no provider is of that kind"));
    }
    Ok(())
}

fn overrides(flags: &Start) -> Result<Overrides, Error> {
    let token = flags.github_token.as_ref().map(Secret::reveal);
    if token.is_some_and(|token| token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(Error::usage(
            "--github-token is no token: it is empty, or no header can carry it",
        ));
    }
    let proxy =
        flags.proxy_env.then(|| environment::proxies(&environment::variable)).transpose()?;
    Ok(Overrides {
        host: flags.host,
        port: flags.port,
        offline: flags.offline,
        no_dashboard: flags.no_dashboard,
        proxy,
        interval: flags.rate_limit,
        wait: flags.wait,
        account_type: flags.account_type,
        github_token: flags.github_token.clone(),
        secrets_optional: false,
    })
}

/// Reads the files that a config names, and refuses one that cannot serve.
pub(crate) fn complete(config: &mut Config, file: &ConfigFile) -> Result<(), Error> {
    require_provider(config, file)?;
    config.settings.tokenizers = tokenizer_files::load(&config.tokenizers)?;
    Ok(())
}

/// Refuses a config that names nobody who could answer a request.
pub(crate) fn require_provider(config: &Config, file: &ConfigFile) -> Result<(), Error> {
    if !config.settings.providers.is_empty() {
        return Ok(());
    }
    Err(Error::usage("no provider is configured")
        .hint("`ironbridge auth` logs in to GitHub Copilot")
        .hint(format!("name a [[provider]] in {}, or set CLAUDE_API_KEY", file.shown()))
        .hint("`ironbridge start --offline` serves a built-in model, without any account"))
}

/// Says where the gateway listens. Whoever started it may have closed stdout; that stops nothing.
fn announce(gateway: &Gateway) {
    let line = format!("listening on http://{}\n", gateway.local_addr());
    if output::result(&line).is_err() {
        tracing::info!("{}", line.trim_end());
    }
}

fn cannot_bind(error: &BindError) -> Error {
    match error {
        BindError::Listen { address, source } => {
            Error::failure(format!("cannot listen on {address}"))
                .caused_by(source)
                .hint("--port 0 takes a free port")
        }
        BindError::Settings(settings) => Error::usage(settings.to_string()),
    }
}
