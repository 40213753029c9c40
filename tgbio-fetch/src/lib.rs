//! tgbio-fetch.
