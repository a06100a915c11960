//! Ranking, on lists that need no files.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use ironbridge_tools::find::{FuzzyList, fuzzy_search};
use ironbridge_tools::{Cancel, Control, Stopped};
use proptest::prelude::*;

use super::marked;

fn check(query: &str, items: &[&str], expected: &Expect) {
    let mut shown = String::new();
    for found in fuzzy_search(query, items, 10) {
        let item = marked(items[found.index as usize], &found.ranges);
        writeln!(shown, "{} {item}", found.score).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_nearer_to_the_whole_name_the_better() {
    let items = [
        "index/other.rs",
        "src/reindexer.rs",
        "src/my_index.rs",
        "src/indexes.rs",
        "src/index.rs",
        "src/index",
        "index",
        "i/n/d/e/x.rs",
    ];
    check(
        "index",
        &items,
        &expect![[r#"
        1500 [index]
        1400 src/[index]
        1350 src/[index].rs
        1250 src/[index]es.rs
        1200 src/my_[index].rs
        1030 src/re[index]er.rs
        1000 [index]/other.rs
        937 [i]/[n]/[d]/[e]/[x].rs
    "#]],
    );
}

#[test]
fn short_paths_come_before_long_ones_and_equal_lengths_by_the_alphabet() {
    let items = ["z/b/main.rs", "b/main.rs", "a/main.rs", "main.rs"];
    check(
        "main",
        &items,
        &expect![[r#"
        1350 [main].rs
        1350 a/[main].rs
        1350 b/[main].rs
        1350 z/b/[main].rs
    "#]],
    );
}

#[test]
fn case_counts_once_the_query_has_a_capital() {
    let items = ["readme.md", "README.md", "ReadMe.md"];
    check(
        "readme",
        &items,
        &expect![[r#"
        1350 [README].md
        1350 [ReadMe].md
        1350 [readme].md
    "#]],
    );
    check(
        "README",
        &items,
        &expect![[r#"
        1350 [README].md
    "#]],
    );
    check(
        "RM",
        &items,
        &expect![[r#"
        981 [R]ead[M]e.md
        825 [R]EAD[M]E.md
    "#]],
    );
}

#[test]
fn words_of_a_query_must_all_fit_and_may_fit_anywhere() {
    let items = ["src/find/index.rs", "src/find/arena.rs", "tests/find/index.rs", "index.html"];
    check(
        "index src",
        &items,
        &expect![[r#"
        1175 [src]/find/[index].rs
    "#]],
    );
    check(
        "find/in",
        &items,
        &expect![[r#"
        1000 src/[find/in]dex.rs
        1000 tests/[find/in]dex.rs
    "#]],
    );
    check("src zebra", &items, &expect![[""]]);
}

#[test]
fn typos_are_forgiven_by_length_and_only_where_nothing_fits_well() {
    let items = ["src/controller.rs", "src/config.rs", "src/cat.rs", "docs/contrast.md"];
    check(
        "contorller",
        &items,
        &expect![[r#"
        904 src/[contr]o[ller].rs
    "#]],
    );
    check(
        "confgi",
        &items,
        &expect![[r#"
        853 src/[confi]g.rs
    "#]],
    );
    check(
        "confiq",
        &items,
        &expect![[r#"
        853 src/[confi]g.rs
    "#]],
    );
    // Too short to forgive anything.
    check("cxt", &items, &expect![[""]]);
    check(
        "cat",
        &items,
        &expect![[r#"
        1350 src/[cat].rs
        742 docs/[c]ontr[a]s[t].md
    "#]],
    );
    check("qqqqqqqqqq", &items, &expect![[""]]);
}

#[test]
fn texts_beyond_ascii_match_by_character() {
    let items = ["docs/überblick.md", "docs/Überblick.md", "日本語/ファイル.txt", "🦀.rs", ""];
    check(
        "über",
        &items,
        &expect![[r#"
        1250 docs/[über]blick.md
        1100 docs/[Über]blick.md
    "#]],
    );
    check(
        "日語",
        &items,
        &expect![[r#"
        821 [日]本[語]/ファイル.txt
    "#]],
    );
    check(
        "🦀",
        &items,
        &expect![[r#"
        1350 [🦀].rs
    "#]],
    );
    check(
        "rs",
        &items,
        &expect![[r#"
        1200 🦀.[rs]
    "#]],
    );
}

#[test]
fn an_empty_query_gives_the_first_ones_and_a_limit_of_none_nothing() {
    check(
        "",
        &["b", "a"],
        &expect![[r#"
        0 b
        0 a
    "#]],
    );
    check(
        "  ",
        &["b", "a"],
        &expect![[r#"
        0 b
        0 a
    "#]],
    );
    assert!(fuzzy_search("a", &["a"], 0).is_empty());
    assert!(fuzzy_search("a", &[""; 0], 10).is_empty());
}

#[test]
fn a_kept_list_follows_its_changes() {
    let unbounded = Control::unbounded();
    let mut list = FuzzyList::new(&["alpha", "beta", "alphabet"]);
    let places = |list: &FuzzyList, query: &str| -> Vec<u32> {
        let found = list.search(query, 10, &unbounded).unwrap();
        found.iter().map(|found| found.index).collect()
    };
    assert_eq!(places(&list, "alpha"), [0, 2]);
    assert!(list.push("alp"));
    assert_eq!(places(&list, "alp"), [3, 0, 2]);
    assert!(list.remove(0));
    assert_eq!(places(&list, "alp"), [2, 1]);
    assert!(list.remove(2));
    assert!(!list.remove(2));
    assert_eq!(places(&list, "alp"), [1]);
    assert!(list.push("alpine"));
    assert_eq!(places(&list, "alp"), [2, 1]);
    list.replace(&["x"]);
    assert_eq!((list.len(), places(&list, "alp")), (1, vec![]));
    list.replace(&[""; 0]);
    assert!(list.is_empty());
}

#[test]
fn many_removals_move_the_rest_together() {
    let items: Vec<String> = (0..4000).map(|n| format!("item-{n:04}")).collect();
    let mut list = FuzzyList::new(&items);
    for _ in 0..2000 {
        assert!(list.remove(0));
    }
    let found = list.search("item-2000", 1, &Control::unbounded()).unwrap();
    assert_eq!((found[0].index, list.len()), (0, 2000));
}

#[test]
fn a_cancelled_search_says_so() {
    let cancel = Cancel::new();
    cancel.cancel();
    let list = FuzzyList::new(&["a"]);
    let outcome = list.search("a", 1, &Control::cancelled_by(cancel));
    assert_eq!(outcome, Err(Stopped::Cancelled));
}

/// Words that share letters, so that queries match often.
fn item() -> impl Strategy<Value = String> {
    "[a-e]{1,4}(/[a-eA-C_.]{1,6}){0,3}"
}

proptest! {
    #![proptest_config(crate::properties::config(256))]

    /// Each key typed, and each taken back, gives what the same query gives to a list that was never asked.
    #[test]
    fn narrowing_changes_no_answer(
        items in prop::collection::vec(item(), 0..60),
        query in "[a-eB/ ]{0,9}",
        limit in 1_usize..12,
    ) {
        let kept = FuzzyList::new(&items);
        let typed = (0..=query.len()).chain((0..query.len()).rev());
        for end in typed {
            let answer = kept.search(&query[..end], limit, &Control::unbounded()).unwrap();
            prop_assert_eq!(answer, fuzzy_search(&query[..end], &items, limit));
        }
    }

    /// What the bound sorts out is never among the best: few of many are the first of all.
    #[test]
    fn the_best_few_are_the_first_of_all(
        items in prop::collection::vec(item(), 0..60),
        query in "[a-eB/ ]{1,9}",
        limit in 1_usize..12,
    ) {
        let mut all = fuzzy_search(&query, &items, usize::MAX);
        all.truncate(limit);
        prop_assert_eq!(fuzzy_search(&query, &items, limit), all);
    }

    /// Without typos in play, found is what has the letters of the query in their order.
    #[test]
    fn what_has_the_letters_in_order_is_found(
        items in prop::collection::vec(item(), 0..60),
        query in "[a-e]{1,3}",
    ) {
        let found = fuzzy_search(&query, &items, usize::MAX);
        let mut places: Vec<usize> = found.iter().map(|found| found.index as usize).collect();
        places.sort_unstable();
        let in_order = |text: &str| {
            let mut wanted = query.chars().peekable();
            for character in text.to_lowercase().chars() {
                wanted.next_if_eq(&character);
            }
            wanted.peek().is_none()
        };
        let expected: Vec<usize> =
            (0..items.len()).filter(|&place| in_order(&items[place])).collect();
        prop_assert_eq!(places, expected);
    }

    /// Any text as item, any text as query: no panic, and ranges that can be cut out.
    #[test]
    fn ranges_lie_between_characters(
        items in prop::collection::vec(any::<String>(), 0..20),
        query in any::<String>(),
    ) {
        for found in fuzzy_search(&query, &items, 20) {
            for range in found.ranges {
                let text = &items[found.index as usize];
                prop_assert!(text.get(range.start as usize..range.end as usize).is_some());
            }
        }
    }
}
