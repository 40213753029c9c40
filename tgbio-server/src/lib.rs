//! tgbio-server.
