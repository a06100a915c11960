use super::*;
use expect_test::{Expect, expect};
use ironbridge_ledger::Hash;

/// An exchange that begins at a minute and reads and writes so many tokens.
fn seen(id: &str, minute: u64, read: u64, written: u64) -> Seen {
    let exchange = Exchange {
        id: id.into(),
        began_ms: minute * 60_000,
        model: "claude-sonnet-4-5".into(),
        target_model: Some("claude-sonnet-4-5".into()),
        provider: Some("anthropic".into()),
        input_tokens: Some(100),
        cache_read_tokens: Some(read),
        cache_write_5m_tokens: Some(written),
        output_tokens: Some(10),
        ..Exchange::default()
    };
    (exchange, None)
}

fn with(mut seen: Seen, own: u8, parent: Option<u8>, system: u8, kind: Option<TieKind>) -> Seen {
    let hash = |byte| Hash([byte; 16]);
    let (own, system) = (hash(own), hash(system));
    seen.1 = Some(Prefix { own, parent: parent.map(hash), grandparent: None, system, kind });
    seen
}

#[expect(clippy::needless_pass_by_value, reason = "reads best so")]
fn check(exchanges: &[Seen], expected: Expect) {
    let line = |miss: &Miss| {
        format!(
            "{} after {}: {:?}, {} of {} lost, ${:.6}\n",
            miss.id,
            miss.before,
            miss.cause,
            miss.lost_tokens,
            miss.expected_tokens,
            miss.lost_dollars.unwrap_or(-1.0)
        )
    };
    expected.assert_eq(&misses(exchanges).iter().map(line).collect::<String>());
}

#[test]
fn a_cache_that_is_read_again_is_no_miss() {
    let continues = Some(TieKind::Continues);
    check(
        &[
            with(seen("a", 0, 0, 20_000), 1, None, 0, None),
            with(seen("b", 1, 20_000, 500), 2, Some(1), 0, continues),
            // The end of what was written may be rounded.
            with(seen("c", 2, 20_000, 1000), 3, Some(2), 0, continues),
        ],
        expect![""],
    );
}

#[test]
fn the_first_thing_that_changed_is_named() {
    let continues = Some(TieKind::Continues);
    check(
        &[
            with(seen("a", 0, 0, 20_000), 1, None, 0, None),
            with(seen("tools", 1, 0, 20_500), 2, Some(1), 0, continues),
            with(seen("system", 2, 5000, 16_000), 3, Some(2), 7, continues),
            with(seen("late", 30, 0, 21_000), 4, Some(3), 7, continues),
            with(seen("rewritten", 31, 8000, 13_000), 9, Some(8), 7, None),
            with(seen("compacted", 32, 0, 6000), 10, None, 7, Some(TieKind::Compacts)),
        ],
        expect![[r#"
            tools after a: ToolsOrSettings, 20000 of 20000 lost, $0.068927
            system after tools: System, 15500 of 20500 lost, $0.053403
            late after system: Expired, 21000 of 21000 lost, $0.072375
            rewritten after late: Messages, 13000 of 21000 lost, $0.044776
            compacted after rewritten: Compacted, 21000 of 21000 lost, $0.020970
        "#]],
    );
}

#[test]
fn another_model_has_a_cache_of_its_own() {
    let mut other = with(seen("b", 1, 0, 20_500), 2, Some(1), 0, Some(TieKind::Continues));
    other.0.target_model = Some("claude-opus-4-5".into());
    let mut small = seen("title", 1, 0, 0);
    // A helper's question in between continues nothing and loses nothing.
    small.0.target_model = Some("claude-haiku-4-5".into());
    check(
        &[with(seen("a", 0, 0, 20_000), 1, None, 0, None), small, other],
        expect![[r#"
            b after a: Target, 20000 of 20000 lost, $0.114879
        "#]],
    );
}

#[test]
fn without_hashes_the_loss_is_told_all_the_same() {
    check(
        &[seen("a", 0, 0, 20_000), seen("b", 1, 0, 20_000)],
        expect![[r#"
            b after a: Unknown, 20000 of 20000 lost, $0.068925
        "#]],
    );
}
