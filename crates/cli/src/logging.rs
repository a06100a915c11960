//! The one place that sets up `tracing`: lines on stderr.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::arguments::Global;
use crate::environment;
use crate::log_file::LogFile;

/// The prefix of our own crates' targets.
const OURS: &str = "ironbridge";

/// As [`start`], but only warnings where the flags name no level: for commands whose output is their own.
pub(crate) fn start_quietly(global: &Global) {
    let verbose = global.verbose || environment::debug();
    match global.log_level.as_deref() {
        None if !verbose => start_at(LevelFilter::WARN),
        named => start_at(level(named, verbose)),
    }
}

/// Sends the events of our crates at `level` and above to stderr, those of other crates from `warn` on.
pub(crate) fn start(global: &Global) {
    start_at(level(global.log_level.as_deref(), global.verbose || environment::debug()));
}

/// As [`start_quietly`], and from `info` on (or the level that the flags name) into the log file of the agents.
pub(crate) fn start_with_file(global: &Global, file: LogFile) {
    let verbose = global.verbose || environment::debug();
    let named = global.log_level.as_deref();
    let on_stderr =
        if named.is_none() && !verbose { LevelFilter::WARN } else { level(named, verbose) };
    let into_file = level(named, verbose);
    let targets = |level: LevelFilter| {
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(OURS, level)
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .compact()
        .with_filter(targets(on_stderr));
    let file = tracing_subscriber::fmt::layer()
        .with_writer(file)
        .with_ansi(false)
        .with_filter(targets(into_file));
    tracing_subscriber::registry().with(lines).with(file).init();
}

fn start_at(level: LevelFilter) {
    let filter = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(OURS, level);
    let colours =
        io::stderr().is_terminal() && environment::variable(environment::NO_COLOR).is_none();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .compact();
    tracing_subscriber::registry().with(lines).with(filter).init();
}

fn level(named: Option<&str>, verbose: bool) -> LevelFilter {
    match named {
        Some("off") => LevelFilter::OFF,
        Some("error") => LevelFilter::ERROR,
        Some("warn") => LevelFilter::WARN,
        Some("info") => LevelFilter::INFO,
        Some("debug") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
        None if verbose => LevelFilter::DEBUG,
        None => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_level_wins_over_verbose() {
        assert_eq!(level(None, false), LevelFilter::INFO);
        assert_eq!(level(None, true), LevelFilter::DEBUG);
        assert_eq!(level(Some("warn"), true), LevelFilter::WARN);
        for name in crate::flags::LOG_LEVELS {
            assert_eq!(level(Some(name), false).to_string(), *name);
        }
    }
}
