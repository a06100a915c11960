//! The board in words: a row for each session, its further agents beneath it.

use std::fmt::Write as _;
use std::time::SystemTime;

use super::feed::{Agent, Session};

/// The columns.
pub(super) const HEADINGS: [&str; 8] =
    ["SESSION", "MODEL", "PHASE", "TOK/S", "CONTEXT", "COST", "CACHE", "AGE"];

/// The columns that hold figures.
pub(super) const FIGURES: [bool; 8] = [false, false, false, true, true, true, true, true];

/// The longest cell, in characters.
const CELL_CHARS_MAX: usize = 40;

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The session that it belongs to.
    pub(super) session: String,
    /// Whether it is the session's first row.
    pub(super) first: bool,
    /// Whether the session can be held.
    pub(super) named: bool,
    /// `waiting`, `thinking`, `streaming`, `tool`, `idle` or `failed`.
    pub(super) phase: String,
    /// What stands in each column.
    pub(super) cells: [String; 8],
}

/// The rows: the session of which something happened last first.
pub(super) fn rows(sessions: &[Session], now_ms: u64) -> Vec<Row> {
    let mut sessions: Vec<&Session> = sessions.iter().collect();
    sessions.sort_by(|one, other| (other.last_ms, &one.id).cmp(&(one.last_ms, &other.id)));
    let of_session = |session: &Session| {
        let rows: Vec<Row> = session
            .agents
            .iter()
            .enumerate()
            .map(|(number, agent)| row(session, agent, number == 0, now_ms))
            .collect();
        rows
    };
    sessions.into_iter().flat_map(of_session).collect()
}

fn row(session: &Session, agent: &Agent, first: bool, now_ms: u64) -> Row {
    let none = || "–".to_owned();
    let name = match (&agent.id, first) {
        (_, true) => session.id.clone(),
        (Some(id), false) => format!("└ {id}"),
        (None, false) => "└ main".to_owned(),
    };
    let input = agent.input_tokens + agent.cache_read_tokens + agent.cache_write_tokens;
    let age = if first { age(now_ms.saturating_sub(session.first_ms)) } else { String::new() };
    let cells = [
        name,
        agent.model.clone(),
        phase(session, agent, first, now_ms),
        agent.tokens_per_second.map_or_else(none, |speed| format!("{speed:.0}")),
        match (agent.context_tokens, agent.context_tokens_max) {
            (Some(used), Some(most)) if most > 0 => format!("{} %", used * 100 / most),
            (Some(used), _) => tokens(used),
            (None, _) => none(),
        },
        format!("${:.2}", agent.dollars),
        (agent.cache_read_tokens * 100)
            .checked_div(input)
            .map_or_else(none, |share| format!("{share} %")),
        age,
    ];
    Row {
        session: session.id.clone(),
        first,
        named: session.named,
        phase: agent.phase.clone(),
        cells: cells.map(|cell| shown(&cell)),
    }
}

/// Each phase has a sign besides its colour.
fn phase(session: &Session, agent: &Agent, first: bool, now_ms: u64) -> String {
    let since = age(now_ms.saturating_sub(agent.since_ms));
    let said = match agent.phase.as_str() {
        "waiting" => format!("◌ waiting {since}"),
        "thinking" => format!("◆ thinking {since}"),
        "streaming" => format!("▮ streaming {since}"),
        "tool" => format!("⚒ tool: {}", agent.tools.join(", ")),
        "failed" => format!("! {}", agent.error.as_deref().unwrap_or("failed")),
        other => format!("○ {other} {since}"),
    };
    match &session.held {
        Some(held) if first => format!("{held} · {said}"),
        _ => said,
    }
}

/// A text that a client or a model chose, as it may stand on a terminal: no control characters, and not too long.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|character| if character.is_control() { '·' } else { character });
    let mut short: String = plain.take(CELL_CHARS_MAX).collect();
    if text.chars().count() > CELL_CHARS_MAX {
        short.pop();
        short.push('…');
    }
    short
}

fn tokens(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { format!("{}k", count / 1000) }
}

fn age(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} m", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

/// The board as text, for whoever is no terminal.
pub(super) fn table(sessions: &[Session], now_ms: u64) -> String {
    let rows = rows(sessions, now_ms);
    if rows.is_empty() {
        return "no session yet\n".to_owned();
    }
    let headings = HEADINGS.map(str::to_owned);
    let all: Vec<&[String; 8]> =
        std::iter::once(&headings).chain(rows.iter().map(|row| &row.cells)).collect();
    let widths: [usize; 8] = std::array::from_fn(|column| {
        all.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for cells in all {
        let mut line = String::new();
        for ((cell, width), figure) in cells.iter().zip(widths).zip(FIGURES) {
            // Writing to a String cannot fail.
            let _ = match figure {
                true => write!(line, "{cell:>width$}  "),
                false => write!(line, "{cell:width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The sums over all sessions, in one line.
pub(super) fn sums(sessions: &[Session]) -> String {
    let agents = || sessions.iter().flat_map(|session| &session.agents);
    let busy =
        |agent: &&Agent| matches!(agent.phase.as_str(), "waiting" | "thinking" | "streaming");
    // Not by `sum`: that of nothing is -0.
    let dollars = agents().fold(0.0, |sum, agent| sum + agent.dollars);
    let read: u64 = agents().map(|agent| agent.cache_read_tokens).sum();
    let other: u64 = agents().map(|agent| agent.input_tokens + agent.cache_write_tokens).sum();
    let cache = (read * 100)
        .checked_div(read + other)
        .map_or_else(String::new, |share| format!(" · cache {share} %"));
    format!(
        "{} sessions · {} at work · ${dollars:.2} since the gateway started{cache}",
        sessions.len(),
        agents().filter(busy).count()
    )
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn agent(id: Option<&str>, phase: &str) -> Agent {
        Agent {
            id: id.map(str::to_owned),
            model: "claude-opus-4-5".into(),
            phase: phase.into(),
            since_ms: 92_000,
            tools: vec!["Grep".into()],
            error: Some("529 overloaded".into()),
            tokens_per_second: Some(61.7),
            context_tokens: Some(142_000),
            context_tokens_max: Some(200_000),
            input_tokens: 1000,
            cache_read_tokens: 9000,
            cache_write_tokens: 0,
            dollars: 1.204,
        }
    }

    fn session(id: &str, last_ms: u64, agents: Vec<Agent>) -> Session {
        Session { id: id.into(), named: true, held: None, first_ms: 10_000, last_ms, agents }
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads best so")]
    fn check(sessions: &[Session], expected: Expect) {
        expected.assert_eq(&format!("{}{}\n", table(sessions, 100_000), sums(sessions)));
    }

    #[test]
    fn each_session_has_a_row_and_its_agents_below() {
        let quiet = Agent {
            tokens_per_second: None,
            context_tokens: None,
            cache_read_tokens: 0,
            input_tokens: 0,
            ..agent(None, "idle")
        };
        check(
            &[
                session("docs", 1, vec![quiet]),
                session(
                    "api-refactor",
                    2,
                    vec![
                        agent(None, "streaming"),
                        agent(Some("explore"), "tool"),
                        agent(Some("test"), "failed"),
                    ],
                ),
            ],
            expect![[r#"
                SESSION       MODEL            PHASE             TOK/S  CONTEXT   COST  CACHE  AGE
                api-refactor  claude-opus-4-5  ▮ streaming 8 s      62     71 %  $1.20   90 %  1 m
                └ explore     claude-opus-4-5  ⚒ tool: Grep         62     71 %  $1.20   90 %
                └ test        claude-opus-4-5  ! 529 overloaded     62     71 %  $1.20   90 %
                docs          claude-opus-4-5  ○ idle 8 s            –        –  $1.20      –  1 m
                2 sessions · 1 at work · $4.82 since the gateway started · cache 90 %
            "#]],
        );
        check(
            &[],
            expect![[r#"
            no session yet
            0 sessions · 0 at work · $0.00 since the gateway started
        "#]],
        );
    }

    #[test]
    fn what_clients_name_cannot_steer_the_terminal() {
        let hostile = session("\u{1b}[2J\u{7}evil\r\n", 1, vec![agent(None, "idle")]);
        let rows = rows(&[hostile], 100_000);
        assert_eq!(rows[0].cells[0], "·[2J·evil··");
        let long = session(&"x".repeat(100), 1, vec![agent(None, "idle")]);
        assert_eq!(super::rows(&[long], 0)[0].cells[0].chars().count(), CELL_CHARS_MAX);
    }
}
