use super::*;
use expect_test::{Expect, expect};

fn exchange(id: &str, agent: Option<&str>) -> Exchange {
    Exchange {
        id: id.to_owned(),
        session: Some("s".to_owned()),
        agent: agent.map(str::to_owned),
        model: "claude-sonnet-4-5".to_owned(),
        dialect: "messages".to_owned(),
        stream: true,
        ..Exchange::default()
    }
}

fn ended(id: &str, agent: Option<&str>, tools: &[&str], cause: Cause) -> Exchange {
    Exchange {
        cause,
        first_content_ms: Some(500),
        duration_ms: 1500,
        input_tokens: Some(1000),
        cache_read_tokens: Some(9000),
        output_tokens: Some(50),
        tool_calls: tools.iter().map(|&tool| tool.to_owned()).collect(),
        ..exchange(id, agent)
    }
}

/// The rows after some events, one line per agent.
#[expect(clippy::needless_pass_by_value, reason = "reads best so")]
fn check(events: &[(Phase, Exchange)], expected: Expect) {
    let mut board = Board::default();
    for (now, (phase, exchange)) in (1..).zip(events) {
        board.see(*phase, exchange, now);
    }
    let mut text = String::new();
    for row in board.rows() {
        for agent in &row.agents {
            let line = format!(
                "{} {}: {:?} since {} at {}, {} exchanges, {:?} tok/s, context {:?}, tools {:?}\n",
                row.id,
                agent.id.as_deref().unwrap_or("main"),
                agent.phase,
                agent.since_ms,
                agent.exchange,
                agent.exchanges,
                agent.tokens_per_second,
                agent.context_tokens,
                agent.tools,
            );
            text.push_str(&line);
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn a_turn_goes_through_its_phases() {
    let begun = || exchange("1", None);
    check(
        &[(Phase::Waiting, begun())],
        expect![[r#"
        s main: Waiting since 0 at 1, 0 exchanges, None tok/s, context None, tools []
    "#]],
    );
    check(
        &[(Phase::Waiting, begun()), (Phase::Thinking, begun()), (Phase::Thinking, begun())],
        expect![[r#"
        s main: Thinking since 2 at 1, 0 exchanges, None tok/s, context None, tools []
    "#]],
    );
    let whole = [
        (Phase::Waiting, begun()),
        (Phase::Streaming, begun()),
        (Phase::Ended, ended("1", None, &["Read"], Cause::Completed)),
    ];
    check(
        &whole,
        expect![[r#"
        s main: Tool since 3 at 1, 1 exchanges, Some(50.0) tok/s, context Some(10050), tools ["Read"]
    "#]],
    );
}

#[test]
fn agents_of_a_session_stand_beneath_the_main_one() {
    let events = [
        (Phase::Waiting, exchange("1", Some("explore"))),
        (Phase::Waiting, exchange("2", None)),
        (Phase::Ended, ended("1", Some("explore"), &[], Cause::UpstreamError)),
        (Phase::Ended, ended("2", None, &[], Cause::Completed)),
    ];
    check(
        &events,
        expect![[r#"
        s main: Idle since 4 at 2, 1 exchanges, Some(50.0) tok/s, context Some(10050), tools []
        s explore: Failed since 3 at 1, 1 exchanges, Some(50.0) tok/s, context Some(10050), tools []
    "#]],
    );
}

#[test]
fn what_runs_still_counts_more_than_what_has_ended() {
    let events = [
        (Phase::Waiting, exchange("1", None)),
        (Phase::Streaming, exchange("2", None)),
        (Phase::Ended, ended("1", None, &[], Cause::Completed)),
    ];
    check(
        &events,
        expect![[r#"
        s main: Streaming since 2 at 2, 1 exchanges, Some(50.0) tok/s, context Some(10050), tools []
    "#]],
    );
}

#[test]
fn the_board_is_bounded() {
    let mut board = Board::default();
    for number in 0..SESSIONS_MAX + 10 {
        let session = Some(format!("s-{number}"));
        let exchange = Exchange { session, ..Exchange::default() };
        board.see(Phase::Waiting, &exchange, number as u64);
    }
    assert_eq!(board.rows().count(), SESSIONS_MAX);
    assert!(board.rows().all(|row| row.id != "s-9"), "the oldest are gone");
    for number in 0..AGENTS_MAX + 10 {
        let agent = Some(format!("a-{number}"));
        let row = board.see(Phase::Waiting, &Exchange { agent, ..Exchange::default() }, 1);
        assert!(row.agents.len() <= AGENTS_MAX);
    }
}
