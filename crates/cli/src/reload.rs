//! Taking over a changed config file while the gateway runs.

use ironbridge_gateway::{Handle, ServerSettings};
use tokio::time::MissedTickBehavior;

use crate::commands::start::complete;
use crate::config::{Config, Overrides};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::watch::{self, Watch};

/// Watches one config file for one gateway.
pub(crate) struct Reload {
    pub(crate) handle: Handle,
    pub(crate) file: ConfigFile,
    pub(crate) overrides: Overrides,
    /// What the gateway was started with: parts of it stay until a restart.
    pub(crate) server: ServerSettings,
}

impl Reload {
    /// Takes over each right version of the file and reports each wrong one, for ever. `text` is the version in force.
    pub(crate) async fn run(self, text: Option<String>) {
        let mut watch = Watch::begin(text);
        let mut looks = tokio::time::interval(watch::INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let (file, overrides) = (self.file.clone(), self.overrides.clone());
            // Files of secrets may lie on a slow disk.
            let looked = tokio::task::spawn_blocking(move || {
                let changed = look_at(&mut watch, &file, &overrides);
                (watch, changed)
            });
            // An error would be a panic in there, which has been printed.
            let Ok((same, changed)) = looked.await else { return std::future::pending().await };
            watch = same;
            match changed {
                None => {}
                Some(Ok(config)) => self.take_over(config),
                Some(Err(error)) => self.refuse(&error),
            }
        }
    }

    fn take_over(&self, config: Config) {
        for warning in &config.warnings {
            tracing::warn!("{}: {}", warning.place(), warning.message);
        }
        for key in need_restart(&self.server, &config.settings.server) {
            tracing::warn!("{key} has changed; that takes a restart");
        }
        match self.handle.reload(config.settings) {
            Ok(()) => tracing::info!("{} has changed and is in force", self.file.shown()),
            Err(error) => self.refuse(&Error::usage(error.to_string())),
        }
    }

    fn refuse(&self, error: &Error) {
        for line in error.render().lines() {
            tracing::error!("{line}");
        }
        tracing::error!("{} is not taken over; the old config stays", self.file.shown());
    }
}

/// What the file says now, if it has changed.
fn look_at(
    watch: &mut Watch,
    file: &ConfigFile,
    overrides: &Overrides,
) -> Option<Result<Config, Error>> {
    let text = watch.look(watch::stamp(file.path()?), || file.read().ok().flatten())?;
    let checked = file.check(text, overrides);
    Some(checked.and_then(|mut config| complete(&mut config, file).map(|()| config)))
}

/// The keys that differ and that a running gateway cannot take over.
fn need_restart(running: &ServerSettings, new: &ServerSettings) -> Vec<&'static str> {
    let (now, then) = (running.limits, new.limits);
    let differs = [
        ("server.listen", running.listen != new.listen),
        ("server.exchanges_kept", running.exchanges_kept != new.exchanges_kept),
        ("limits.header_max", now.header_bytes_max != then.header_bytes_max),
        ("limits.connections_max", now.connections_max != then.connections_max),
        ("limits.header_timeout", now.header_timeout != then.header_timeout),
        ("limits.write_idle_timeout", now.write_idle_timeout != then.write_idle_timeout),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::keys::SECTIONS;

    #[test]
    fn the_reference_names_the_keys_that_need_a_restart() {
        let running = ServerSettings::default();
        let mut new = running.clone();
        new.listen.set_port(1);
        new.exchanges_kept += 1;
        new.limits.header_bytes_max += 1;
        new.limits.connections_max += 1;
        new.limits.header_timeout *= 2;
        new.limits.write_idle_timeout *= 2;
        let found: BTreeSet<String> =
            need_restart(&running, &new).into_iter().map(str::to_owned).collect();
        let said: BTreeSet<String> = SECTIONS
            .iter()
            .flat_map(|section| section.keys.iter().map(move |key| (section.path, key)))
            .filter(|(_, key)| key.details.contains("needs a restart"))
            .map(|(section, key)| format!("{section}.{}", key.name))
            .collect();
        assert_eq!(found, said);
        assert!(need_restart(&running, &running).is_empty());
    }
}
