//! Bodies, and the upkeep that forgets them.

use crate::databases::on_each;
use crate::sample::whole;
use ironbridge_ledger::{Address, Bodies, Entry, Packed, Retention, Store, Upkept};
use std::time::Duration;

const NOW_MS: u64 = 1_763_728_567_000;
const HOUR: Duration = Duration::from_secs(3600);

fn entry(id: &str, began_ms: u64, until_ms: u64) -> Entry {
    let request = format!(r#"{{"model":"m","key":"AKIAIOSFODNN7EXAMPLE","id":"{id}"}}"#);
    let bodies = Bodies {
        until_ms,
        request: Packed::of(request.as_bytes()),
        reply: Packed::of("{\"text\":\"\u{1f980}\"}".as_bytes()),
    };
    Entry { exchange: whole(id, began_ms), bodies: Some(bodies), ..Entry::default() }
}

fn text(packed: Option<Packed>) -> Option<String> {
    packed.and_then(|packed| packed.text())
}

#[test]
fn bodies_come_back_without_their_secrets_also_from_another_ledger() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let entry = entry("req_1", NOW_MS, NOW_MS + 1000);
        store.write(&[entry.clone(), entry]).expect("writes");
        let mut lines = Vec::new();
        store.export(&mut lines).expect("exports");
        let folder = tempfile::tempdir().expect("a folder");
        let mut other =
            Store::open(&Address::file(folder.path().join("other.db")), false).expect("opens");
        assert_eq!(other.import(&mut lines.as_slice()).expect("imports"), 1);
        for store in [&mut store, &mut other] {
            let bodies = store.bodies("req_1").expect("reads").expect("is kept");
            assert_eq!(bodies.until_ms, NOW_MS + 1000);
            let request = r#"{"model":"m","key":"AKIA****","id":"req_1"}"#;
            assert_eq!(text(bodies.request).as_deref(), Some(request));
            assert_eq!(text(bodies.reply).as_deref(), Some("{\"text\":\"\u{1f980}\"}"));
            assert_eq!(store.bodies("req_2").expect("reads"), None);
        }
    });
}

#[test]
fn what_is_old_is_forgotten_by_one_program_at_a_time_and_sums_stay() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let hour = 3_600_000;
        let entries: Vec<Entry> = (0..10)
            .map(|age| {
                entry(&format!("req_{age}"), NOW_MS - age * hour, NOW_MS + 5 * hour - age * hour)
            })
            .collect();
        store.write(&entries).expect("writes");
        let retention = Retention { exchanges: Some(HOUR * 8) };
        let go_on = || true;

        // Another has the lease, and then its time is over.
        assert!(store.lease("upkeep", "other", NOW_MS, NOW_MS + 1000).expect("asks"));
        assert!(!store.lease("upkeep", "me", NOW_MS + 999, NOW_MS + 2000).expect("asks"));
        assert_eq!(store.upkeep(&retention, "me", NOW_MS, go_on).expect("looks"), None);
        let done = store.upkeep(&retention, "me", NOW_MS + 1000, go_on).expect("forgets");
        // Bodies 5 to 9 are due; exchange 8 is older than eight hours by a second, as is 9.
        assert_eq!(done, Some(Upkept { exchanges: 2, bodies: 5 }));
        let kept = |store: &mut Store, age: u64| {
            let id = format!("req_{age}");
            let exchange = store.find(&id).expect("reads").is_some();
            (exchange, store.bodies(&id).expect("reads").is_some())
        };
        assert_eq!(kept(&mut store, 4), (true, true));
        assert_eq!(kept(&mut store, 5), (true, false));
        assert_eq!(kept(&mut store, 8), (false, false));

        // With its exchange a body goes too.
        let all = Retention { exchanges: Some(Duration::from_millis(1)) };
        let done = store.upkeep(&all, "another", NOW_MS + 1000, go_on).expect("forgets");
        assert_eq!(done, Some(Upkept { exchanges: 8, bodies: 0 }));
        assert_eq!(kept(&mut store, 0), (false, false));
    });
}
