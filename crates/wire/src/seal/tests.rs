use super::*;
use proptest::prelude::*;

#[test]
fn a_seal_survives_another_dialect() {
    let seals = [
        (Seal::Signature("EqQB+/==".to_owned()), "ironbridge:signature:EqQB+/=="),
        (Seal::Redacted(String::new()), "ironbridge:redacted:"),
        (Seal::Opaque("a:b".to_owned()), "ironbridge:opaque:a:b"),
        (
            Seal::Encrypted { id: "rs_1".to_owned(), content: "gAAA".to_owned() },
            "ironbridge:encrypted:rs_1:gAAA",
        ),
        (
            Seal::Encrypted { id: "a:b".to_owned(), content: String::new() },
            "ironbridge:encrypted:a:b:",
        ),
    ];
    for (seal, packed) in seals {
        assert_eq!(seal.pack(), packed);
        assert_eq!(Seal::unpack(packed), Some(seal));
    }
}

#[test]
fn a_token_of_the_dialect_itself_is_left_alone() {
    for token in [
        "",
        "EqQB",
        "ironbridge",
        "ironbridge:",
        "ironbridge:x",
        "ironbridge:new:1",
        "ironbridge:encrypted:without-content",
        " ironbridge:opaque:1",
    ] {
        assert_eq!(Seal::unpack(token), None, "{token}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_seal_comes_back(data in ".*", id in ".*", content in "[A-Za-z0-9+/=_-]*") {
        for seal in [
            Seal::Signature(data.clone()),
            Seal::Redacted(data.clone()),
            Seal::Opaque(data),
            Seal::Encrypted { id, content },
        ] {
            prop_assert_eq!(Seal::unpack(&seal.pack()), Some(seal));
        }
    }
}
