//! RSA private keys: PKCS#1 (RFC 8017, appendix A.1.2), with the checks of Go's `crypto/rsa`.

use crypto_bigint::{BoxedUint, ConcatenatingMul as _, Integer as _, NonZero, Odd};
use zeroize::Zeroizing;

use crate::x509::der::{Reader, magnitude, tag};
use crate::x509::public_key::RsaKey;

/// Go would take longer ones; nobody has them.
const LONGEST_MODULUS_BITS: u32 = 16384;
const MOST_PRIMES: usize = 64;

/// The numbers of an RSAPrivateKey, all positive.
struct Numbers {
    modulus: BoxedUint,
    public_exponent: u64,
    private_exponent: Zeroizing<BoxedUint>,
    /// At least two.
    primes: Vec<Zeroizing<BoxedUint>>,
    /// The exponents by prime and the coefficient, unless one is missing.
    remainders: Option<[Zeroizing<BoxedUint>; 3]>,
}

/// The public half of RSAPrivateKey, if its numbers fit together.
pub(super) fn public_half(der: &[u8]) -> Option<RsaKey> {
    let numbers = numbers(der)?;
    let exponent = numbers.public_exponent;
    let modulus_is_odd = numbers.modulus.is_odd().to_bool();
    let usable = modulus_is_odd
        && numbers.modulus.bit_width_vartime() <= LONGEST_MODULUS_BITS
        && (3..1 << 31).contains(&exponent)
        && exponent % 2 == 1
        && *numbers.private_exponent < numbers.modulus;
    let consistent = usable
        && if numbers.primes.len() == 2 { has_two_good_primes(&numbers) } else { has_many_good_primes(&numbers) };
    consistent.then(|| RsaKey { modulus: numbers.modulus.to_be_bytes_trimmed_vartime().into_vec(), exponent })
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

fn positive(reader: &mut Reader<'_>) -> Option<BoxedUint> {
    let number = magnitude(reader.integer()?)?;
    (!number.is_empty()).then(|| BoxedUint::from_be_slice_vartime(number))
}

/// The remainder; of a division by zero there is none.
fn remainder(number: &BoxedUint, modulus: &BoxedUint) -> Option<Zeroizing<BoxedUint>> {
    let modulus = Zeroizing::new(NonZero::new(modulus.clone()).into_option()?);
    Some(Zeroizing::new(number.rem(&modulus)))
}

fn product_is_one(a: &BoxedUint, b: &BoxedUint, modulus: &BoxedUint) -> bool {
    let product = Zeroizing::new(a.concatenating_mul(b));
    remainder(&product, modulus).is_some_and(|remainder| *remainder == BoxedUint::one())
}

/// Go's `checkPrivateKey`.
fn has_two_good_primes(numbers: &Numbers) -> bool {
    check_two_primes(numbers).is_some_and(|good| good)
}

fn check_two_primes(numbers: &Numbers) -> Option<bool> {
    let one = BoxedUint::one();
    let two = BoxedUint::from(2_u8);
    let modulus = &numbers.modulus;
    let [p, q] = numbers.primes.as_slice() else { return None };
    let (p, q): (&BoxedUint, &BoxedUint) = (p, q);
    let product = Zeroizing::new(p.concatenating_mul(q));
    if *p <= two
        || *q <= two
        || p >= modulus
        || q >= modulus
        || p == q
        || !remainder(&product, modulus)?.is_zero().to_bool()
    {
        return None;
    }
    let d = &*numbers.private_exponent;
    let (p_minus_one, q_minus_one) = (Zeroizing::new(p.wrapping_sub(&one)), Zeroizing::new(q.wrapping_sub(&one)));
    let (d_p, d_q) = (remainder(d, &p_minus_one)?, remainder(d, &q_minus_one)?);
    let coefficient = match &numbers.remainders {
        Some([given_d_p, given_d_q, coefficient]) => {
            if *given_d_p != d_p || *given_d_q != d_q || **coefficient >= *p {
                return None;
            }
            coefficient.clone()
        }
        None => {
            let odd = Zeroizing::new(Odd::new(p.clone()).into_option()?);
            let q = remainder(q, p)?;
            // By Fermat, so that a number that is no prime fails below.
            Zeroizing::new(q.pow_mod(&p.wrapping_sub(&two), &odd))
        }
    };
    let public_exponent = BoxedUint::from(numbers.public_exponent);
    let difference = Zeroizing::new(if p > q { p.wrapping_sub(q) } else { q.wrapping_sub(p) });
    let half = modulus.bit_width_vartime() / 2;
    Some(
        product_is_one(&d_p, &public_exponent, &p_minus_one)
            && product_is_one(&d_q, &public_exponent, &q_minus_one)
            && product_is_one(&coefficient, q, p)
            // Otherwise the modulus is easily factored.
            && (difference.bit_width_vartime() + 100 > half)
            && d.bit_width_vartime() > half,
    )
}

/// Go takes keys with more than two primes, and hardly looks at them: each must have an inverse modulo the next.
fn has_many_good_primes(numbers: &Numbers) -> bool {
    let one = BoxedUint::one();
    let mut product = Zeroizing::new(one.clone());
    numbers.primes.len() <= MOST_PRIMES
        && numbers.primes.iter().all(|prime| {
            let good = **prime > one
                && prime.bit_width_vartime() <= numbers.modulus.bit_width_vartime()
                && are_coprime(&product, prime);
            product = Zeroizing::new(product.concatenating_mul(&**prime));
            good
        })
}

/// Euclid's algorithm.
fn are_coprime(a: &BoxedUint, b: &BoxedUint) -> bool {
    let (mut a, mut b) = (Zeroizing::new(a.clone()), Zeroizing::new(b.clone()));
    while let Some(remainder) = remainder(&a, &b) {
        a = std::mem::replace(&mut b, remainder);
    }
    *a == BoxedUint::one()
}
