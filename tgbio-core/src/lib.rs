//! tgbio-core.
