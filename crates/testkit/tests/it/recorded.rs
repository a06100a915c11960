//! Recorded streams, played back.

use ironbridge_testkit::client::End;
use ironbridge_testkit::{Dialect, Folder, Recording, Upstream, recorded_folder, recordings};

use crate::{play, send, streaming};

#[tokio::test]
async fn every_recording_plays_its_payloads() {
    let Some(folder) = recorded_folder() else {
        println!("skipped: no ../shared/recorded");
        return;
    };
    for dialect in Dialect::ALL {
        let recordings = recordings(&folder, dialect).unwrap();
        assert!(!recordings.is_empty());
        for recording in recordings {
            let upstream = Upstream::start(recording.answer().unwrap()).await;
            let reply = send(&upstream, &streaming(dialect.path())).await.collect().await;
            assert_eq!(reply.end, End::Complete, "{}", recording.name());
            let decoded = reply.events();
            let mut data = decoded.data();
            if recording.name().ends_with(".jsonl") {
                let done = data.last() == Some(&"[DONE]");
                assert_eq!(done, dialect == Dialect::Chat, "{}", recording.name());
            } else {
                assert_eq!(reply.bytes(), std::fs::read(&recording.path).unwrap());
            }
            data.retain(|data| *data != "[DONE]");
            assert_eq!(data, recording.payloads().unwrap(), "{}", recording.name());
            let named = decoded.names().iter().all(|name| !name.is_empty());
            assert_eq!(named, dialect != Dialect::Chat, "{}", recording.name());
        }
    }
}

#[tokio::test]
async fn a_raw_recording_is_played_byte_for_byte() {
    let folder = Folder::new().unwrap();
    let raw = ": odd\r\ndata: {\"a\":1}\r\n\r\ndata: [DONE]\n\n";
    let path = folder.write("chat/odd.sse", raw).unwrap();
    folder.write("chat/notes.txt", "not a recording").unwrap();
    let found = recordings(folder.path(), Dialect::Chat).unwrap();
    assert_eq!(found, [Recording { dialect: Dialect::Chat, path }]);
    assert_eq!(found[0].payloads().unwrap(), ["{\"a\":1}"]);
    let (_, reply) = play(found[0].answer().unwrap()).await;
    assert_eq!(reply.text(), raw);
}
