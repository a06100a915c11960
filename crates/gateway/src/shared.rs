//! What all exchanges share: the settings in force, the books, the door.

use crate::admit::Admission;
use crate::cooling::Cooling;
use crate::exchange::Cause;
use crate::held::HeldSessions;
use crate::learn::Learned;
use crate::outputs::Outputs;
use crate::prices::PriceList;
use crate::rates::ModelLimit;
use crate::record::{Books, Ring};
use crate::route::{RouteTable, model_glob};
use crate::server::SettingsError;
use crate::services::Services;
use crate::settings::Settings;
use crate::tasks::Tasks;
use globset::GlobMatcher;
use ironbridge_tokens::Tokenizer;
use ironbridge_upstream::{Logins, Provider, ProviderCredentials};
use ironbridge_wire::{ApiError, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;

/// The state of one gateway.
pub(crate) struct Shared {
    live: RwLock<Arc<Live>>,
    pub(crate) services: Services,
    pub(crate) local: SocketAddr,
    pub(crate) books: Books,
    pub(crate) learned: Learned,
    pub(crate) outputs: Outputs,
    pub(crate) admission: Admission,
    pub(crate) cooling: Cooling,
    pub(crate) held: HeldSessions,
    pub(crate) tasks: Tasks,
    phase: watch::Sender<Phase>,
}

/// What a change of the settings replaces as a whole. An exchange keeps the one it began with.
pub(crate) struct Live {
    pub(crate) settings: Settings,
    pub(crate) providers: Vec<Arc<Provider>>,
    pub(crate) routes: RouteTable,
    /// Whose tokens can be counted exactly, and with what.
    pub(crate) tokenizers: Vec<(GlobMatcher, Arc<dyn Tokenizer>)>,
    pub(crate) rate_limits: Vec<ModelLimit>,
    pub(crate) prices: PriceList,
}

/// How far a gateway has come in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Serving,
    /// No new requests.
    Draining,
    /// Running streams are broken off.
    Aborting,
}

impl Shared {
    pub(crate) fn new(
        settings: Settings,
        services: Services,
        local: SocketAddr,
    ) -> Result<Self, SettingsError> {
        let ring = Ring::new(settings.server.exchanges_kept);
        let books = Books::new(Box::new(ring), &services);
        let admission = Admission::new(&settings.server);
        let live = Arc::new(Live::new(settings, &services.logins, &[])?);
        Ok(Shared {
            live: RwLock::new(live),
            services,
            local,
            books,
            learned: Learned::default(),
            outputs: Outputs::default(),
            admission,
            cooling: Cooling::default(),
            held: HeldSessions::default(),
            tasks: Tasks::default(),
            phase: watch::Sender::new(Phase::Serving),
        })
    }

    /// The settings in force now.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn reload(&self, settings: Settings) -> Result<(), SettingsError> {
        let old = self.live();
        let new = Arc::new(Live::new(settings, &self.services.logins, &old.providers)?);
        self.admission.reload(&new.settings.server);
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let later = phase > *now;
            *now = phase.max(*now);
            later
        });
    }

    /// Runs `future` to its end, unless the gateway breaks off what still runs, or the operator its session; then with
    /// the error the client gets.
    ///
    /// As cancel safe as `future`.
    pub(crate) async fn unless_aborted<T>(
        &self,
        session: &Option<Arc<str>>,
        future: impl Future<Output = T>,
    ) -> Result<T, BrokenOff> {
        tokio::select! {
            biased;
            ended = future => Ok(ended),
            broken = self.broken_off(session.as_deref()) => Err(broken),
        }
    }

    /// Waits until what runs is to be broken off. Cancel safe.
    pub(crate) async fn broken_off(&self, session: Option<&str>) -> BrokenOff {
        tokio::select! {
            () = self.reached(Phase::Aborting) => {
                BrokenOff { error: shutting_down(), cause: Cause::Shutdown }
            }
            error = self.held.stopped(session) => BrokenOff { error, cause: Cause::Stopped },
        }
    }

    /// The same for a wait before anything was sent: it ends as soon as the gateway takes no more requests.
    ///
    /// As cancel safe as `future`.
    pub(crate) async fn unless_draining<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, ApiError> {
        self.until(Phase::Draining, future).await
    }

    async fn until<T>(&self, phase: Phase, future: impl Future<Output = T>) -> Result<T, ApiError> {
        tokio::select! {
            biased;
            ended = future => Ok(ended),
            () = self.reached(phase) => Err(shutting_down()),
        }
    }

    /// Waits until the gateway is at least in `phase`. Cancel safe.
    pub(crate) async fn reached(&self, phase: Phase) {
        let mut watch = self.phase.subscribe();
        // The sender lives in `self`, so the wait cannot fail.
        let _ = watch.wait_for(|now| *now >= phase).await;
    }
}

/// Why an exchange does not go on to its own end.
#[derive(Debug)]
pub(crate) struct BrokenOff {
    /// What the client is told.
    pub(crate) error: ApiError,
    pub(crate) cause: Cause,
}

fn shutting_down() -> ApiError {
    ApiError::new(ErrorKind::Unavailable, "the gateway is shutting down")
}

impl Live {
    /// Sets up what `settings` asks for; providers of `old` whose settings are the same go on with their connections
    /// and cooldowns.
    fn new(
        settings: Settings,
        logins: &Logins,
        old: &[Arc<Provider>],
    ) -> Result<Self, SettingsError> {
        if settings.providers.is_empty() {
            return Err(SettingsError::NoProvider);
        }
        let failed = |provider: &str, why: String| SettingsError::Provider {
            provider: provider.to_owned(),
            why,
        };
        let mut providers = Vec::with_capacity(settings.providers.len());
        for wanted in &settings.providers {
            let kept = old.iter().find(|provider| provider.settings() == wanted);
            providers.push(match kept {
                Some(provider) => provider.clone(),
                None => {
                    let credentials = ProviderCredentials::new(wanted, logins)
                        .map_err(|error| failed(&wanted.name, error.to_string()))?;
                    let provider = Provider::new(wanted.clone(), Arc::new(credentials));
                    Arc::new(provider.map_err(|error| failed(&wanted.name, error.to_string()))?)
                }
            });
        }
        let routes = RouteTable::new(&settings.routes, &providers)?;
        let tokenizers = settings
            .tokenizers
            .iter()
            .map(|entry| Ok((model_glob(&entry.pattern)?, entry.tokenizer.clone())))
            .collect::<Result<_, SettingsError>>()?;
        let rate_limits =
            settings.rate_limits.iter().map(ModelLimit::new).collect::<Result<_, _>>()?;
        let prices = PriceList::new(&settings.prices)?;
        Ok(Live { settings, providers, routes, tokenizers, rate_limits, prices })
    }
}
