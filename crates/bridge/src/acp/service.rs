//! The protocol: what each message means.

use super::AcpSettings;
use super::bounds::{SESSIONS_MAX, SESSIONS_PAGE};
use super::changes::Changes;
use super::content;
use super::history::history;
use super::options::{self, MODE};
use super::session::{Session, Teller, tell};
use super::shape::{
    CancelRequest, ListSessions, NOT_FOUND, NewSession, OfSession, Prompt, REQUEST_CANCELLED,
    SetMode, SetOption, VERSION,
};
use super::telling::Telling;
use crate::rpc::{
    INTERNAL_ERROR, INVALID_PARAMS, Id, METHOD_NOT_FOUND, OVERLOADED, Outcome, Params, Peer,
    Request, RpcError, Service, Work, cancelled,
};
use ironbridge_agent::{
    Agent, AgentSettings, Place, Project, ProjectRules, SessionFile, Store, StoreError,
};
use ironbridge_session::{AllowRule, Mode, Operation, Transcript, UserPart};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinSet;

/// What one editor talks to.
pub(super) struct Editor {
    settings: AcpSettings,
    store: Store,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    /// Agents, and those that tell of them.
    tasks: Mutex<JoinSet<()>>,
}

/// Which session is to be opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    New,
    /// One of before, and all of it is told.
    Loaded,
    /// One of before.
    Resumed,
}

/// What opening a session blocks for.
struct Opened {
    place: Place,
    project: Project,
    rules: Vec<AllowRule>,
    changes: Arc<Changes>,
    file: SessionFile,
    transcript: Transcript,
}

type Answer = Result<Value, RpcError>;

impl Editor {
    pub(super) fn new(settings: AcpSettings) -> Self {
        let store = settings.store.clone();
        Editor { settings, store, sessions: Mutex::default(), tasks: Mutex::default() }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, id: &str) -> Result<Arc<Session>, RpcError> {
        self.sessions().get(id).cloned().ok_or_else(|| {
            RpcError::new(NOT_FOUND, format!("there is no open session {id}"))
                .with_data(json!({ "sessionId": id }))
        })
    }

    async fn open(self: Arc<Self>, request: Request, wanted: Wanted, peer: Peer) -> Outcome {
        match self.try_open(&request, wanted, &peer).await {
            Ok((session, answer)) => {
                // An editor drops what it hears of a session that it has not been told of.
                let then = async move {
                    let commands = options::commands();
                    let update = json!({ "sessionUpdate": "available_commands_update", "availableCommands": commands });
                    tell(&peer, &session, update).await;
                };
                Outcome::AnswerThen(Ok(answer.to_string()), Box::pin(then))
            }
            Err(error) => Outcome::Answer(Err(error)),
        }
    }

    async fn try_open(
        &self,
        request: &Request,
        wanted: Wanted,
        peer: &Peer,
    ) -> Result<(String, Value), RpcError> {
        let asked: NewSession = request.params.read()?;
        let cwd = PathBuf::from(&asked.cwd);
        if !cwd.is_absolute() {
            let why = format!("`cwd` must be the absolute path of a folder, not {:?}", asked.cwd);
            return Err(RpcError::new(INVALID_PARAMS, why));
        }
        if self.sessions().len() >= SESSIONS_MAX {
            let why = format!("{SESSIONS_MAX} sessions are open; close some with session/close");
            return Err(RpcError::new(OVERLOADED, why));
        }
        let id = match (wanted, asked.session_id) {
            (Wanted::New, _) => None,
            (_, Some(id)) => Some(id),
            (_, None) => return Err(RpcError::new(INVALID_PARAMS, "`sessionId` is missing")),
        };
        let (settings, store) = (self.settings.clone(), self.store.clone());
        let opening =
            tokio::task::spawn_blocking(move || open(&settings, &store, &cwd, id.as_deref()));
        let opened =
            opening.await.map_err(|_| RpcError::new(INTERNAL_ERROR, "opening broke down"))??;
        let (id, mode) = (opened.file.id().to_owned(), opened.transcript.mode());
        let mode = mode.unwrap_or(self.settings.mode);
        if wanted == Wanted::Loaded {
            for update in history(&opened.transcript, opened.place.root()) {
                tell(peer, &id, update).await;
            }
        }
        self.begin(opened, mode, wanted == Wanted::New, peer);
        let mut answer =
            json!({ "modes": options::modes(mode), "configOptions": options::options(mode) });
        if wanted == Wanted::New {
            answer["sessionId"] = id.clone().into();
        }
        Ok((id, answer))
    }

    /// Starts the agent of a session.
    fn begin(&self, opened: Opened, mode: Mode, is_new: bool, peer: &Peer) {
        let Opened { place, project, rules, changes, file, transcript } = opened;
        let (id, place) = (file.id().to_owned(), Arc::new(place));
        let project_rules = ProjectRules::new(&self.settings.data, place.root());
        let (agent, handle, events) = Agent::new(AgentSettings {
            mode: Some(mode),
            can_ask: true,
            model_calls_max: self.settings.model_calls_max,
            rules,
            project_rules: Some(project_rules),
            secrets: self.settings.secrets.clone(),
            project,
            file: Some(file),
            transcript,
            ..AgentSettings::new(self.settings.model.clone(), place.clone())
        });
        let session = Arc::new(Session::new(id.clone(), handle));
        let teller = Teller {
            session: session.clone(),
            place: place.clone(),
            telling: Telling::new(place, changes),
            peer: peer.clone(),
            store: self.store.clone(),
            titled: !is_new,
            questions: JoinSet::new(),
            asked: HashMap::new(),
            in_turn: false,
        };
        self.sessions().insert(id, session);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(agent.run());
        tasks.spawn(teller.run(events));
    }

    /// Takes a prompt in its order; what comes of it is waited for beside the next messages.
    fn prompt(&self, request: Request) -> Work<Outcome> {
        let begun = request.params.read::<Prompt>().and_then(|asked| {
            let parts = content::parts(&asked.prompt)?;
            let session = self.session(&asked.session_id)?;
            let end = session.begin()?;
            Ok((session, parts, end))
        });
        let (session, parts, mut end) = match begun {
            Ok(begun) => begun,
            Err(error) => return Box::pin(async move { Outcome::Answer(Err(error)) }),
        };
        Box::pin(async move {
            let heard = session.submit(operation(parts)).await;
            if session.is_cancelled() {
                session.submit(Operation::Interrupt).await;
            }
            let gone = || RpcError::new(INTERNAL_ERROR, "the session has ended");
            if !heard {
                return Outcome::Answer(Err(gone()));
            }
            let answer = |reason: &str| json!({ "stopReason": reason }).to_string();
            let ended = tokio::select! {
                ended = &mut end => ended,
                () = cancelled(&request.cancel) => {
                    session.submit(Operation::Interrupt).await;
                    let _ = end.await;
                    let why = "the request was cancelled";
                    return Outcome::Answer(Err(RpcError::new(REQUEST_CANCELLED, why)));
                }
            };
            Outcome::Answer(ended.unwrap_or_else(|_| Err(gone())).map(answer))
        })
    }

    async fn set_mode(&self, id: &str, mode: &str) -> Result<Mode, RpcError> {
        let session = self.session(id)?;
        let mode = Mode::parse(mode).ok_or_else(|| {
            let names = Mode::ALL.map(Mode::name).join(", ");
            RpcError::new(INVALID_PARAMS, format!("there is no mode {mode}; there are {names}"))
        })?;
        session.submit(Operation::SetMode { mode }).await;
        Ok(mode)
    }

    async fn set_option(&self, params: &Params) -> Answer {
        let asked: SetOption = params.read()?;
        if asked.config_id != MODE {
            let why = format!("there is no option {}; there is {MODE}", asked.config_id);
            return Err(RpcError::new(INVALID_PARAMS, why));
        }
        let value = asked.value.as_str().unwrap_or_default();
        let mode = self.set_mode(&asked.session_id, value).await?;
        Ok(json!({ "configOptions": options::options(mode) }))
    }

    async fn list(&self, params: &Params) -> Answer {
        let asked: ListSessions = params.read()?;
        let from = match asked.cursor.as_deref().map(str::parse::<usize>) {
            None => 0,
            Some(Ok(from)) => from,
            Some(Err(_)) => {
                return Err(RpcError::new(INVALID_PARAMS, "the cursor is none of this agent"));
            }
        };
        let store = self.store.clone();
        let project =
            asked.cwd.map(|cwd| std::fs::canonicalize(&cwd).unwrap_or_else(|_| cwd.into()));
        let listing = tokio::task::spawn_blocking(move || store.list(project.as_deref()));
        let listed =
            listing.await.map_err(|_| RpcError::new(INTERNAL_ERROR, "listing broke down"))?;
        let listed = listed.map_err(|error| refused(&error))?;
        let sessions: Vec<Value> = listed
            .iter()
            .skip(from)
            .take(SESSIONS_PAGE)
            .map(|session| {
                json!({
                    "sessionId": session.id,
                    "cwd": session.project,
                    "title": session.title,
                    "updatedAt": date(session.changed_at),
                })
            })
            .collect();
        let mut answer = json!({ "sessions": sessions });
        let next = from.saturating_add(SESSIONS_PAGE);
        if next < listed.len() {
            answer["nextCursor"] = next.to_string().into();
        }
        Ok(answer)
    }

    fn close(&self, params: &Params) -> Answer {
        let asked: OfSession = params.read()?;
        self.session(&asked.session_id)?.close();
        self.sessions().remove(&asked.session_id);
        Ok(json!({}))
    }

    async fn answer(self: Arc<Self>, request: Request) -> Outcome {
        let Request { method, params, .. } = request;
        let answer = match method.as_str() {
            "initialize" => Ok(initialized()),
            "session/list" => self.list(&params).await,
            "session/set_config_option" => self.set_option(&params).await,
            "session/close" => self.close(&params),
            "session/set_mode" => match params.read::<SetMode>() {
                Ok(asked) => {
                    self.set_mode(&asked.session_id, &asked.mode_id).await.map(|_| json!({}))
                }
                Err(error) => Err(error),
            },
            "authenticate" => {
                let why =
                    "there is nothing to log in to here; `ironbridge auth` logs in to a provider";
                Err(RpcError::new(INVALID_PARAMS, why))
            }
            method => Err(RpcError::new(METHOD_NOT_FOUND, format!("there is no method {method}"))),
        };
        Outcome::Answer(answer.map(|answer| answer.to_string()))
    }
}

impl Service for Editor {
    fn request(self: &Arc<Self>, request: Request, peer: &Peer) -> Work<Outcome> {
        let wanted = match request.method.as_str() {
            "session/prompt" => return self.prompt(request),
            "session/new" => Wanted::New,
            "session/load" => Wanted::Loaded,
            "session/resume" => Wanted::Resumed,
            _ => return Box::pin(self.clone().answer(request)),
        };
        Box::pin(self.clone().open(request, wanted, peer.clone()))
    }

    fn notification(self: &Arc<Self>, method: &str, params: &Params, _: &Peer) -> Option<Work<()>> {
        if method != "session/cancel" {
            return None;
        }
        let session = self.session(&params.read::<OfSession>().ok()?.session_id).ok()?;
        session.mark_cancelled();
        Some(Box::pin(async move {
            session.submit(Operation::Interrupt).await;
        }))
    }

    fn cancels(&self, method: &str, params: &Params) -> Option<Id> {
        let is_cancel = method == "$/cancel_request";
        let cancelled: CancelRequest = is_cancel.then(|| params.read().ok()).flatten()?;
        Id::of(&cancelled.request_id)
    }

    fn closing(self: &Arc<Self>) {
        for (_, session) in self.sessions().drain() {
            session.close();
        }
    }

    fn idle(self: &Arc<Self>) -> Work<()> {
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move { while tasks.join_next().await.is_some() {} })
    }
}

fn initialized() -> Value {
    json!({
        "protocolVersion": VERSION,
        "agentCapabilities": {
            "loadSession": true,
            "promptCapabilities": { "image": true, "audio": false, "embeddedContext": true },
            "mcpCapabilities": { "http": false, "sse": false },
            "sessionCapabilities": { "list": {}, "resume": {}, "close": {} },
        },
        "authMethods": [],
        "agentInfo": {
            "name": "ironbridge", "title": "Ironbridge", "version": env!("CARGO_PKG_VERSION"),
        },
    })
}

/// What a prompt asks for: `/undo` and `/redo` by themselves are operations.
fn operation(parts: Vec<UserPart>) -> Operation {
    match parts.as_slice() {
        [UserPart::Text { text }] if text.trim() == "/undo" => Operation::Undo,
        [UserPart::Text { text }] if text.trim() == "/redo" => Operation::Redo,
        _ => Operation::Prompt { parts },
    }
}

/// Opens a session's folder and file. Blocking.
fn open(
    settings: &AcpSettings,
    store: &Store,
    cwd: &Path,
    id: Option<&str>,
) -> Result<Opened, RpcError> {
    let changes = Arc::new(Changes::default());
    let place = Place::new(cwd, &settings.state, settings.home.clone());
    let place = place.map_err(|error| RpcError::new(INVALID_PARAMS, in_full(&error)))?;
    let place = place.observed_by(changes.clone());
    let opened = match id {
        None => store.create(place.root()),
        Some(id) => store.open(id),
    };
    let (file, transcript) = opened.map_err(|error| refused(&error))?;
    let rules = ProjectRules::new(&settings.data, place.root()).read().map_err(|error| {
        let why = format!("cannot read what is allowed in this folder: {error}");
        RpcError::new(INTERNAL_ERROR, why)
    })?;
    let project = Project::read(&place, settings.config.as_deref());
    Ok(Opened { place, project, rules, changes, file, transcript })
}

fn refused(error: &StoreError) -> RpcError {
    let code = match error {
        StoreError::NotFound { .. } => NOT_FOUND,
        StoreError::Ambiguous { .. } | StoreError::Busy { .. } => INVALID_PARAMS,
        _ => INTERNAL_ERROR,
    };
    RpcError::new(code, in_full(error))
}

/// An error with its causes, in one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// Milliseconds since 1970 as ISO 8601 in UTC.
pub(super) fn date(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day is the last.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_calendar() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_827_696_000), "2000-02-29T12:34:56Z");
        assert_eq!(date(1_795_305_599_999), "2026-11-21T23:59:59Z");
    }
}
