//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::pinning::Pinning;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
usage: ironbridge-bench gateway --ironbridge FILE --work DIR [--out FILE]
           [--peers LIST] [--cases LIST] [--connections LIST] [--rounds N] [--seconds N]
           [--workers N] [--unpinned]
       ironbridge-bench mock [--port N]
";

/// What is measured, and how long.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    /// Our release binary.
    pub(crate) ironbridge: PathBuf,
    /// Where xtask installed the peers of PyPI and npm; configs and logs are written there too.
    pub(crate) work: PathBuf,
    /// Where the results go, as JSON.
    pub(crate) out: Option<PathBuf>,
    /// Names of peers; empty: all.
    pub(crate) peers: Vec<String>,
    /// Names of cases; empty: all.
    pub(crate) cases: Vec<String>,
    /// Numbers of connections.
    pub(crate) connections: Vec<usize>,
    /// How often each case is measured on each peer.
    pub(crate) rounds: usize,
    /// How long each time.
    pub(crate) window: Duration,
    /// Threads of our runtime; `None`: as many as it sees cores.
    pub(crate) workers: Option<usize>,
    /// Whether cores are told apart.
    pub(crate) pinning: Pinning,
}

impl Arguments {
    /// Reads what follows `gateway`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut found = Self {
            ironbridge: PathBuf::new(),
            work: PathBuf::new(),
            out: None,
            peers: Vec::new(),
            cases: Vec::new(),
            connections: vec![1, 64],
            rounds: 3,
            window: Duration::from_secs(2),
            workers: None,
            pinning: Pinning::Pinned,
        };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            if flag == "--unpinned" {
                found.pinning = Pinning::Free;
                continue;
            }
            let value = rest.next().with_context(|| format!("{flag} needs a value\n{USAGE}"))?;
            let number = || value.parse().with_context(|| format!("{flag}: {value} is no number"));
            match flag.as_str() {
                "--ironbridge" => found.ironbridge = value.into(),
                "--work" => found.work = value.into(),
                "--out" => found.out = Some(value.into()),
                "--peers" => found.peers = names(value),
                "--cases" => found.cases = names(value),
                "--connections" => {
                    let numbers = value.split(',').map(str::parse).collect::<Result<_, _>>();
                    found.connections = numbers.with_context(|| format!("{flag} {value}"))?;
                }
                "--rounds" => found.rounds = number()?,
                "--seconds" => found.window = Duration::from_secs(number()? as u64),
                "--workers" => found.workers = Some(number()?),
                _ => bail!("there is no flag {flag}\n{USAGE}"),
            }
        }
        if found.ironbridge.as_os_str().is_empty() || found.work.as_os_str().is_empty() {
            bail!("--ironbridge and --work are needed\n{USAGE}");
        }
        Ok(found)
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Arguments::parse(&arguments)
    }

    #[test]
    fn flags_say_what_is_measured() {
        let found =
            parse("--ironbridge a --work w --cases small,large --connections 8 --seconds 1");
        let found = found.unwrap();
        assert_eq!(found.cases, ["small", "large"]);
        assert_eq!(found.connections, [8]);
        assert_eq!(found.window, Duration::from_secs(1));
        assert_eq!(found.pinning, Pinning::Pinned);
    }

    #[test]
    fn mistakes_are_named() {
        let mistake = |line| format!("{:#}", parse(line).unwrap_err());
        assert!(mistake("--ironbridge a --work w --bogus 1").contains("no flag --bogus"));
        assert!(mistake("--ironbridge a --work w --rounds x").contains("x is no number"));
        assert!(mistake("--rounds").contains("needs a value"));
        assert!(mistake("--rounds 1").contains("--ironbridge and --work"));
    }
}
