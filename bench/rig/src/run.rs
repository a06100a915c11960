//! The run: starts every gateway, takes turns, and stops them.

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::case::{CASES, Case};
use crate::mock::Mock;
use crate::peer::PEERS;
use crate::report::Report;
use crate::subject::Subject;

/// Measures what the arguments ask for, prints the tables and writes the results.
pub(crate) async fn run(arguments: &Arguments, mock: &Mock) -> Result<()> {
    let cases = chosen(CASES, &arguments.cases, |case| case.name).context("--cases")?;
    let peers = chosen(PEERS, &arguments.peers, |peer| peer.name).context("--peers")?;
    let (crowds, cases): (Vec<&Case>, Vec<&Case>) =
        cases.into_iter().partition(|case| case.crowd.is_some());
    let mut report = Report::new(arguments)?;
    let mut subjects = vec![Subject::direct(arguments, mock)];
    for peer in peers {
        eprintln!("starting {}", peer.name);
        let mut subject = Subject::start(peer, arguments, mock).await;
        subject.try_cases(&cases).await?;
        subjects.push(subject);
    }
    take_turns(&mut subjects, &cases, arguments).await?;
    for subject in &mut subjects {
        subject.note_memory().await?;
    }
    // Only now: what a crowd leaves in memory is told apart from what ordinary load leaves.
    take_turns(&mut subjects, &crowds, arguments).await?;
    for subject in subjects {
        report.add(subject.finish());
    }
    report.publish(&[cases, crowds].concat(), arguments)
}

/// For each round and case, each gateway once.
async fn take_turns(
    subjects: &mut [Subject<'_>],
    cases: &[&Case],
    arguments: &Arguments,
) -> Result<()> {
    for round in 1..=arguments.rounds {
        for case in cases {
            for &connections in case.connections(&arguments.connections) {
                eprintln!("round {round}: {} at {connections}", case.name);
                for subject in &mut *subjects {
                    subject.measure(case, connections).await?;
                }
            }
        }
    }
    Ok(())
}

/// The rows with these names, in the table's order; no names are all rows.
fn chosen<'a, T>(
    table: &'a [T],
    names: &[String],
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<&'a T>> {
    if let Some(unknown) = names.iter().find(|wanted| !table.iter().any(|row| name(row) == *wanted))
    {
        let known: Vec<&str> = table.iter().map(&name).collect();
        bail!("there is no {unknown}; there are {}", known.join(", "));
    }
    Ok(table
        .iter()
        .filter(|row| names.is_empty() || names.iter().any(|n| n == name(row)))
        .collect())
}
