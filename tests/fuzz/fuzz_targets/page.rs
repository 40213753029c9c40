//! Any bytes as a page: the quick reader and the reference agree, and nothing is read of a page that is cut off.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tgbio_core::Username;
use tgbio_fetch::scrape::{read_page, read_page_whole};

fuzz_target!(|body: &[u8]| {
    let Ok(name) = Username::parse("some_name") else { return };
    let (quick, whole) = (read_page(body, &name), read_page_whole(body, &name));
    if let (Ok(quick), Ok(whole)) = (&quick, &whole) {
        assert_eq!(quick, whole);
    }
    if let Ok(reading) = quick {
        assert_eq!(reading.profile.username, name);
        assert!(body.windows(7).any(|end| end.eq_ignore_ascii_case(b"</html>")));
    }
});
