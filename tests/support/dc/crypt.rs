//! MTProto 2.0 encryption from the server's side.

use grammers_crypto::aes::{ige_decrypt, ige_encrypt};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// An authorisation key, shared by a client and the server long before.
pub type AuthKey = [u8; 256];

/// What a key is called on the wire.
pub(super) type KeyId = [u8; 8];

/// Key id and message key in front of every encrypted packet.
const HEAD: usize = 24;

/// Which side sent a message: where in the key its secrets begin.
#[derive(Clone, Copy)]
enum From {
    Client = 0,
    Server = 8,
}

pub(super) fn key_id(key: &AuthKey) -> KeyId {
    let hash = Sha1::digest(key);
    std::array::from_fn(|i| hash[12 + i])
}

fn sha256(parts: [&[u8]; 2]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

fn message_key(key: &AuthKey, plain: &[u8], from: From) -> [u8; 16] {
    let x = from as usize;
    let large = sha256([&key[88 + x..88 + x + 32], plain]);
    std::array::from_fn(|i| large[8 + i])
}

/// Key and initialisation vector of AES for one message.
fn aes_key(key: &AuthKey, message_key: &[u8], from: From) -> ([u8; 32], [u8; 32]) {
    let x = from as usize;
    let a = sha256([message_key, &key[x..x + 36]]);
    let b = sha256([&key[40 + x..40 + x + 36], message_key]);
    let pick = |outer: &[u8; 32], inner: &[u8; 32]| {
        std::array::from_fn(|i| if (8..24).contains(&i) { inner[i] } else { outer[i] })
    };
    (pick(&a, &b), pick(&b, &a))
}

/// The plain text of a client's packet; `None` if it was not made with this key.
pub(super) fn decrypt(key: &AuthKey, packet: &[u8]) -> Option<Vec<u8>> {
    if packet.len() < HEAD + 32 || !(packet.len() - HEAD).is_multiple_of(16) {
        return None;
    }
    let sent_key = &packet[8..HEAD];
    let (aes, iv) = aes_key(key, sent_key, From::Client);
    let mut plain = packet[HEAD..].to_vec();
    ige_decrypt(&mut plain, &aes, &iv);
    (message_key(key, &plain, From::Client) == sent_key).then_some(plain)
}

/// The packet for this plain text, which is padded here.
pub(super) fn encrypt(key: &AuthKey, mut plain: Vec<u8>) -> Vec<u8> {
    let padding = 12 + (16 - (plain.len() + 12) % 16) % 16;
    plain.extend((0..padding).map(|i| (i * 37 + plain_salt(key)) as u8));
    let sent_key = message_key(key, &plain, From::Server);
    let (aes, iv) = aes_key(key, &sent_key, From::Server);
    ige_encrypt(&mut plain, &aes, &iv);
    let mut packet = Vec::with_capacity(HEAD + plain.len());
    packet.extend(key_id(key));
    packet.extend(sent_key);
    packet.append(&mut plain);
    packet
}

/// Padding may hold anything.
fn plain_salt(key: &AuthKey) -> usize {
    usize::from(key[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use grammers_crypto::{AuthKey as ClientKey, DequeBuffer, decrypt_data_v2, encrypt_data_v2};

    const KEY: AuthKey = [0x5a; 256];

    #[test]
    fn reads_what_a_client_writes() {
        let mut buffer = DequeBuffer::with_capacity(100, 100);
        buffer.extend(b"thirty-two bytes of plain text..");
        encrypt_data_v2(&mut buffer, &ClientKey::from_bytes(KEY));
        assert_eq!(buffer[..8], key_id(&KEY));
        assert!(decrypt(&KEY, &buffer[..]).unwrap().starts_with(b"thirty-two bytes of plain text.."));
        assert_eq!(decrypt(&[1; 256], &buffer[..]), None);
    }

    #[test]
    fn writes_what_a_client_reads() {
        for length in [20, 32, 36, 100, 1_000] {
            let plain: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let mut packet = encrypt(&KEY, plain.clone());
            let read = decrypt_data_v2(&mut packet, &ClientKey::from_bytes(KEY)).unwrap();
            assert!(read.starts_with(&plain) && (12..=1_024).contains(&(read.len() - plain.len())));
        }
    }
}
