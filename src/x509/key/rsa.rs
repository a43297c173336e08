//! RSA private keys: PKCS#1 (RFC 8017, appendix A.1.2), with the checks of Go's `crypto/rsa`.

use rsa::BigUint;
use zeroize::Zeroizing;

use crate::x509::der::{Reader, magnitude, tag};
use crate::x509::public_key::RsaKey;

/// Go would take longer ones; nobody has them.
const LONGEST_MODULUS_BITS: usize = 16384;
const MOST_PRIMES: usize = 64;

/// The numbers of an RSAPrivateKey, all positive.
struct Numbers {
    modulus: BigUint,
    public_exponent: u64,
    private_exponent: Zeroizing<BigUint>,
    /// At least two.
    primes: Vec<Zeroizing<BigUint>>,
    /// The exponents by prime and the coefficient, unless one is missing.
    remainders: Option<[Zeroizing<BigUint>; 3]>,
}

/// The public half of RSAPrivateKey, if its numbers fit together.
pub(super) fn public_half(der: &[u8]) -> Option<RsaKey> {
    let numbers = numbers(der)?;
    let exponent = numbers.public_exponent;
    let modulus_is_odd = numbers.modulus.to_bytes_le().first().is_some_and(|byte| byte & 1 == 1);
    let usable = modulus_is_odd
        && numbers.modulus.bits() <= LONGEST_MODULUS_BITS
        && (3..1 << 31).contains(&exponent)
        && exponent % 2 == 1
        && *numbers.private_exponent < numbers.modulus;
    let consistent = usable
        && if numbers.primes.len() == 2 { has_two_good_primes(&numbers) } else { has_many_good_primes(&numbers) };
    consistent.then(|| RsaKey { modulus: numbers.modulus.to_bytes_be(), exponent })
}

fn numbers(der: &[u8]) -> Option<Numbers> {
    let mut input = Reader::new(der);
    let mut key = input.nested(tag::SEQUENCE).filter(|_| input.is_empty())?;
    if key.small_integer()? > 1 {
        return None;
    }
    let modulus = positive(&mut key)?;
    let public_exponent = u64::try_from(key.small_integer()?).ok()?;
    let private_exponent = Zeroizing::new(positive(&mut key)?);
    let mut primes = vec![Zeroizing::new(positive(&mut key)?), Zeroizing::new(positive(&mut key)?)];
    let mut remainders = Vec::new();
    while remainders.len() < 3 && key.peek(tag::INTEGER) {
        remainders.push(Zeroizing::new(positive(&mut key)?));
    }
    if key.peek(tag::SEQUENCE) {
        let mut others = key.nested(tag::SEQUENCE)?;
        while !others.is_empty() {
            let mut other = others.nested(tag::SEQUENCE)?;
            primes.push(Zeroizing::new(positive(&mut other)?));
            // Its exponent and coefficient must be there, but are not used.
            other.integer()?;
            other.integer()?;
        }
    }
    let remainders = remainders.try_into().ok();
    Some(Numbers { modulus, public_exponent, private_exponent, primes, remainders })
}

fn positive(reader: &mut Reader<'_>) -> Option<BigUint> {
    let number = magnitude(reader.integer()?)?;
    (!number.is_empty()).then(|| BigUint::from_bytes_be(number))
}

/// Go's `checkPrivateKey`.
fn has_two_good_primes(numbers: &Numbers) -> bool {
    let one = BigUint::from(1_u8);
    let two = BigUint::from(2_u8);
    let modulus = &numbers.modulus;
    let [p, q] = numbers.primes.as_slice() else { return false };
    let (p, q): (&BigUint, &BigUint) = (p, q);
    if *p <= two || *q <= two || p >= modulus || q >= modulus || p == q || (p * q) % modulus != BigUint::default() {
        return false;
    }
    let d = &*numbers.private_exponent;
    let (p_minus_one, q_minus_one) = (Zeroizing::new(p - &one), Zeroizing::new(q - &one));
    let (d_p, d_q) = (Zeroizing::new(d % &*p_minus_one), Zeroizing::new(d % &*q_minus_one));
    let coefficient = match &numbers.remainders {
        Some([given_d_p, given_d_q, coefficient]) => {
            if *given_d_p != d_p || *given_d_q != d_q || **coefficient >= *p {
                return false;
            }
            coefficient.clone()
        }
        None => Zeroizing::new((q % p).modpow(&(p - &two), p)),
    };
    let public_exponent = BigUint::from(numbers.public_exponent);
    let inverse = |exponent: &BigUint, modulus: &BigUint| (exponent * &public_exponent) % modulus == one;
    let difference = Zeroizing::new(if p > q { p - q } else { q - p });
    let half = modulus.bits() / 2;
    inverse(&d_p, &p_minus_one)
        && inverse(&d_q, &q_minus_one)
        && (&*coefficient * q) % p == one
        // Otherwise the modulus is easily factored.
        && (difference.bits() + 100 > half)
        && d.bits() > half
}

/// Go takes keys with more than two primes, and hardly looks at them: each must have an inverse modulo the next.
fn has_many_good_primes(numbers: &Numbers) -> bool {
    let one = BigUint::from(1_u8);
    let mut product = Zeroizing::new(one.clone());
    numbers.primes.len() <= MOST_PRIMES
        && numbers.primes.iter().all(|prime| {
            let good = **prime > one && prime.bits() <= numbers.modulus.bits() && are_coprime(&product, prime);
            *product *= &**prime;
            good
        })
}

/// Euclid's algorithm.
fn are_coprime(a: &BigUint, b: &BigUint) -> bool {
    let (mut a, mut b) = (Zeroizing::new(a.clone()), Zeroizing::new(b.clone()));
    while *b != BigUint::default() {
        let remainder = Zeroizing::new(&*a % &*b);
        a = std::mem::replace(&mut b, remainder);
    }
    *a == BigUint::from(1_u8)
}
