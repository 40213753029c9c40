//! Telethon's string sessions: strict reading of what another program wrote.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of an authorisation key.
pub(super) const KEY: usize = 256;
/// Bytes beside address and key: the data centre and the port.
const REST: usize = 1 + 2;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A session that Telethon wrote as a string: a data centre, its address and the secret key of a log-in.
///
/// The text is the digit `1` and base64url of: data centre (one byte), IPv4 or IPv6 address, port (two bytes, big
/// endian), key (256 bytes). Source: `telethon/sessions/string.py`. Whoever has it is signed in, so it is kept out of
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TelethonSession {
    data_center: i32,
    address: SocketAddr,
    key: [u8; KEY],
}

/// A text is no string session of Telethon. The text itself is never repeated: it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TelethonError {
    /// There is nothing.
    #[error("there is no session: give the string that `StringSession.save()` of Telethon printed")]
    Empty,
    /// Another version of the format.
    #[error(
        "this is no session of Telethon's format 1: it begins with {0:?} and not with \"1\"; give the string as Telethon printed it"
    )]
    Version(char),
    /// Characters that base64url does not have.
    #[error(
        "the session is damaged: what follows its first digit is not base64url; copy the whole string again"
    )]
    Base64,
    /// Too short or too long.
    #[error(
        "the session is incomplete: it holds {0} bytes, and 263 (IPv4) or 275 (IPv6) are right; copy the whole string again"
    )]
    Length(usize),
    /// No such data centre.
    #[error(
        "the session names data centre 0, which cannot be: it was saved before a log-in; sign in there first"
    )]
    DataCenter,
    /// No address to connect to.
    #[error("the session has no usable address and port: it was saved before a log-in; sign in there first")]
    Address,
    /// The key is empty.
    #[error("the session has no key: it was saved before a log-in; sign in there first")]
    Key,
}

impl TelethonSession {
    /// The number of the data centre that the account lives in.
    pub fn data_center(&self) -> i32 {
        self.data_center
    }

    /// Where that data centre is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn key(&self) -> &[u8; KEY] {
        &self.key
    }
}

impl fmt::Debug for TelethonSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelethonSession")
            .field("data_center", &self.data_center)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl FromStr for TelethonSession {
    type Err = TelethonError;

    fn from_str(text: &str) -> Result<Self, TelethonError> {
        let text = text.trim();
        let version = text.chars().next().ok_or(TelethonError::Empty)?;
        let body = text.strip_prefix('1').ok_or(TelethonError::Version(version))?;
        let bytes = BASE64.decode(body).map_err(|_| TelethonError::Base64)?;
        read(&bytes)
    }
}

fn read(bytes: &[u8]) -> Result<TelethonSession, TelethonError> {
    let length = TelethonError::Length(bytes.len());
    let address = bytes.len().checked_sub(REST + KEY).ok_or(length)?;
    let (head, key) = bytes.split_at(bytes.len() - KEY);
    let (data_center, rest) = head.split_first().ok_or(length)?;
    let (ip, port) = rest.split_at(address);
    let ip = ip_of(ip).ok_or(length)?;
    let port = u16::from_be_bytes(port.try_into().map_err(|_| length)?);
    let key: [u8; KEY] = key.try_into().map_err(|_| length)?;
    if *data_center == 0 {
        return Err(TelethonError::DataCenter);
    }
    if port == 0 || ip.is_unspecified() {
        return Err(TelethonError::Address);
    }
    if key.iter().all(|byte| *byte == 0) {
        return Err(TelethonError::Key);
    }
    Ok(TelethonSession { data_center: i32::from(*data_center), address: SocketAddr::new(ip, port), key })
}

fn ip_of(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(|ip| IpAddr::from(Ipv4Addr::from(ip)));
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(|ip| IpAddr::from(Ipv6Addr::from(ip)))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

    fn bytes(dc: u8, ip: &[u8], port: u16, key: u8) -> Vec<u8> {
        [&[dc], ip, &port.to_be_bytes(), &[key; KEY]].concat()
    }

    fn text(bytes: &[u8]) -> String {
        format!("1{}", URL_SAFE.encode(bytes))
    }

    #[test]
    fn both_kinds_of_address_are_read_with_and_without_padding() {
        for ip in [IpAddr::from([127, 0, 0, 1]), "2001:67c:4e8:f002::a".parse().unwrap()] {
            let octets = match ip {
                IpAddr::V4(ip) => ip.octets().to_vec(),
                IpAddr::V6(ip) => ip.octets().to_vec(),
            };
            let bytes = bytes(4, &octets, 8443, 7);
            for text in [text(&bytes), format!(" 1{}\n", URL_SAFE_NO_PAD.encode(&bytes))] {
                let session: TelethonSession = text.parse().unwrap();
                assert_eq!((session.data_center(), session.address()), (4, SocketAddr::new(ip, 8443)));
                assert_eq!(session.key(), &[7; KEY]);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = [127, 0, 0, 1];
        let cases = [
            (String::new(), TelethonError::Empty),
            ("2AAAA".into(), TelethonError::Version('2')),
            ("1a b".into(), TelethonError::Base64),
            ("1AAAA".into(), TelethonError::Length(3)),
            (text(&bytes(2, &[1, 2, 3, 4, 5], 443, 7)), TelethonError::Length(264)),
            (text(&bytes(0, &good, 443, 7)), TelethonError::DataCenter),
            (text(&bytes(2, &good, 0, 7)), TelethonError::Address),
            (text(&bytes(2, &[0; 4], 443, 7)), TelethonError::Address),
            (text(&bytes(2, &good, 443, 0)), TelethonError::Key),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<TelethonSession>(), Err(error), "{text}");
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        let session: TelethonSession = text(&bytes(2, &[10, 0, 0, 1], 443, 65)).parse().unwrap();
        let shown = format!("{session:?}");
        assert!(shown.contains("10.0.0.1:443") && !shown.contains("65"), "{shown}");
    }
}
