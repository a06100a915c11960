//! `agents.config.json`, the config of nanocoder: what of it means something here.
//!
//! The user's own file counts whole. Of one that lies in a project only what cannot spend a key or allow anything is taken:
//! a repository could otherwise send the user's keys to a server of its choice.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use ironbridge_agent::SystemText;
use ironbridge_session::{AllowRule, Mode};
use ironbridge_upstream::{Pool, ProviderKind, ProviderSettings, Secret, Timeouts};
use serde::Deserialize;
use serde_json::Value;

use crate::environment::{self, NANOCODER_CONFIG_DIR};
use crate::error::Error;
use crate::preferences::Preferences;
use crate::{folders, output};

/// The file's name.
const NAME: &str = "agents.config.json";
/// The most that such a file may hold, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What the files say.
#[derive(Debug, Default)]
pub(super) struct EarlierConfig {
    /// Providers, by name.
    pub(super) providers: Vec<ProviderSettings>,
    /// The first model of each provider.
    pub(super) models: HashMap<String, String>,
    /// What a model's context holds, in tokens: by provider and model; of all models of a provider under "".
    windows: HashMap<(String, String), u64>,
    /// The model for each mode, as PROVIDER/MODEL.
    pub(super) mode_models: HashMap<Mode, String>,
    /// Tools that are not offered.
    pub(super) disabled_tools: Vec<String>,
    /// Tools that are never asked about.
    pub(super) rules: Vec<AllowRule>,
    /// The system prompt.
    pub(super) system: SystemText,
    /// The mode.
    pub(super) mode: Option<Mode>,
    /// How often the model is asked.
    pub(super) turns_max: Option<u64>,
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    nanocoder: Section,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Section {
    providers: Vec<Provider>,
    mode_providers: HashMap<String, ModeProvider>,
    always_allow: Vec<String>,
    disabled_tools: Vec<String>,
    system_prompt: Option<SystemPrompt>,
    headless: Headless,
    default_mode: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Provider {
    name: String,
    base_url: Option<String>,
    api_key: Option<String>,
    models: Vec<String>,
    context_window: Option<u64>,
    context_windows: HashMap<String, u64>,
    sdk_provider: Option<String>,
    /// Milliseconds; -1: none.
    request_timeout: Option<i64>,
    connection_pool: Option<ConnectionPool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionPool {
    /// Milliseconds.
    idle_timeout: Option<u64>,
}

#[derive(Deserialize)]
struct ModeProvider {
    provider: String,
    model: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Headless {
    max_turns: Option<u64>,
}

#[derive(Deserialize)]
struct SystemPrompt {
    mode: Option<String>,
    content: Option<String>,
    file: Option<String>,
}

impl EarlierConfig {
    /// Reads the files: that of the user, and that of the project in `here`.
    ///
    /// # Errors
    /// One is there and cannot be read, or is not what it should be.
    pub(super) fn read(here: &Path) -> Result<Self, Error> {
        let mut config = EarlierConfig::default();
        if let Some(own) = own_folder()
            && let Some(section) = section(&own.join(NAME))?
        {
            config.take_own(section, &own)?;
        }
        let project = here.join(NAME);
        if let Some(section) = section(&project)? {
            if !section.providers.is_empty() || !section.always_allow.is_empty() {
                output::message(&format!(
                    "warning: providers and alwaysAllow of {} are not taken: only your own file may name them\n",
                    folders::shown(&project)
                ));
            }
            config.take_shared(section, here);
        }
        Ok(config)
    }

    fn take_own(&mut self, section: Section, folder: &Path) -> Result<(), Error> {
        for provider in &section.providers {
            self.take_provider(provider)?;
        }
        for (mode, target) in &section.mode_providers {
            if let Some(mode) = Mode::parse(mode) {
                let model = format!("{}/{}", target.provider, target.model);
                self.mode_models.insert(mode, model);
            }
        }
        let rule =
            |tool: &String| AllowRule { permission: permission(tool), pattern: "*".to_owned() };
        self.rules = section.always_allow.iter().map(rule).collect();
        self.mode = section.default_mode.as_deref().and_then(Mode::parse);
        self.turns_max = section.headless.max_turns;
        self.take_shared(section, folder);
        Ok(())
    }

    fn take_shared(&mut self, section: Section, folder: &Path) {
        self.disabled_tools.extend(section.disabled_tools);
        let Some(prompt) = section.system_prompt else { return };
        let from_file = || fs::read_to_string(folder.join(prompt.file.as_deref()?)).ok();
        let text = prompt.content.clone().or_else(from_file);
        if prompt.mode.as_deref() == Some("append") {
            self.system.append = text.or(self.system.append.take());
        } else {
            self.system.replace = text.or(self.system.replace.take());
        }
    }

    fn take_provider(&mut self, from: &Provider) -> Result<(), Error> {
        let kind = match from.sdk_provider.as_deref() {
            None | Some("openai-compatible") => ProviderKind::Openai,
            Some("anthropic") => ProviderKind::Anthropic,
            Some("github-copilot") => ProviderKind::Copilot,
            Some(other) => {
                output::message(&format!(
                    "warning: the provider {} of {NAME} is left out: there is no {other} here\n",
                    from.name
                ));
                return Ok(());
            }
        };
        let wrong = |what: &str| {
            Error::usage(format!("cannot use the provider {} of {NAME}: {what}", from.name))
        };
        if from.name.is_empty() || from.name.contains('/') {
            return Err(wrong("its name is empty or has a /"));
        }
        let base_url = from.base_url.as_deref().filter(|url| !url.is_empty()).map(str::parse);
        let base_url = base_url.transpose().map_err(|_| wrong("its baseUrl is no address"))?;
        let mut timeouts = Timeouts::default();
        if let Some(milliseconds) = from.request_timeout.and_then(|time| u64::try_from(time).ok()) {
            timeouts.headers = std::time::Duration::from_millis(milliseconds.max(1));
        }
        let mut pool = Pool::default();
        if let Some(milliseconds) = from.connection_pool.as_ref().and_then(|pool| pool.idle_timeout)
        {
            pool.idle_timeout = std::time::Duration::from_millis(milliseconds);
        }
        self.providers.push(ProviderSettings {
            base_url,
            credential: from.api_key.clone().filter(|key| !key.is_empty()).map(Secret::new),
            timeouts,
            pool,
            ..ProviderSettings::new(&*from.name, kind)
        });
        if let Some(model) = from.models.first() {
            self.models.insert(from.name.clone(), model.clone());
        }
        if let Some(tokens) = from.context_window {
            self.windows.insert((from.name.clone(), String::new()), tokens);
        }
        for (model, tokens) in &from.context_windows {
            self.windows.insert((from.name.clone(), model.clone()), *tokens);
        }
        Ok(())
    }

    /// The model where the command line names none: that for the mode, else the last one, else the first of the file.
    pub(super) fn model(&self, mode: Mode, preferences: &Preferences) -> Option<String> {
        let first = || {
            let provider = self.providers.first()?;
            let model = self.models.get(&provider.name)?;
            Some(format!("{}/{model}", provider.name))
        };
        let for_mode = self.mode_models.get(&mode).cloned();
        for_mode.or_else(|| preferences.last_model.clone()).or_else(first)
    }

    /// What the context of a model holds, in tokens, where the files say.
    pub(super) fn window(&self, provider: &str, model: &str) -> Option<u64> {
        let of = |model: &str| self.windows.get(&(provider.to_owned(), model.to_owned())).copied();
        of(model).or_else(|| of(""))
    }
}

/// What a tool of that name may do, as rules call it.
fn permission(tool: &str) -> String {
    match tool {
        "execute_bash" => "bash",
        "write_file" | "string_replace" | "diff_edit" | "file_op" | "apply_patch" => "edit",
        "fetch_url" => "fetch",
        other => other,
    }
    .to_owned()
}

/// The folder of the user's own file.
fn own_folder() -> Option<PathBuf> {
    let named = environment::variable(NANOCODER_CONFIG_DIR).map(PathBuf::from);
    named.or_else(|| Some(folders::platform_config()?.join("nanocoder")))
}

fn section(path: &Path) -> Result<Option<Section>, Error> {
    let failed = |why: &dyn std::error::Error| {
        Error::usage(format!("cannot read {}", folders::shown(path))).caused_by(why)
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(metadata) if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX => {
            return Err(Error::usage(format!(
                "{} is no file of up to 4 MiB",
                folders::shown(path)
            )));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    let mut document: Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    substitute(&mut document, &environment::variable);
    let file: File = serde_json::from_value(document).map_err(|error| failed(&error))?;
    Ok(Some(file.nanocoder))
}

/// Puts variables in the place of `$NAME`, `${NAME}` and `${NAME:-default}`, in every text.
fn substitute(value: &mut Value, variable: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => *text = substituted(text, variable),
        Value::Array(values) => values.iter_mut().for_each(|value| substitute(value, variable)),
        Value::Object(members) => {
            members.values_mut().for_each(|value| substitute(value, variable));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn substituted(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, default, left) = match braced {
            Some((inner, left)) => {
                let (name, default) = inner.split_once(":-").unwrap_or((inner, ""));
                (name, default, left)
            }
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = after.find(|c| !is_name(c)).unwrap_or(after.len());
                let (name, left) = after.split_at(length);
                (name, "", left)
            }
        };
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            result.push('$');
            rest = after;
            continue;
        }
        result.push_str(&variable(name).unwrap_or_else(|| default.to_owned()));
        rest = left;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_in_for_their_names() {
        let variable = |name: &str| (name == "KEY").then(|| "k$KEY".to_owned());
        let cases = [
            ("$KEY", "k$KEY"),
            ("a${KEY}b", "ak$KEYb"),
            ("${NONE:-http://x/$}", "http://x/$"),
            ("$NONE.", "."),
            ("5 $ or $5 or ${}", "5 $ or $5 or ${}"),
        ];
        for (text, expected) in cases {
            assert_eq!(substituted(text, &variable), expected, "{text}");
        }
    }
}
