//! Any text as a username: what is accepted reads back as itself in every way of writing it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tgbio_core::{MAX_LEN, MIN_LEN, Username};

fuzz_target!(|text: &str| {
    let Ok(name) = Username::parse(text) else { return };
    assert!((MIN_LEN..=MAX_LEN).contains(&name.as_str().len()));
    for again in [name.to_string(), format!("@{}", name.as_str()), format!("https://t.me/{}", name.as_str())] {
        assert_eq!(Username::parse(&again).as_ref(), Ok(&name), "{again}");
    }
});
