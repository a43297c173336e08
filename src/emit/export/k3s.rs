//! The names of k3s and RKE2 in `server/tls`, to be put there before the first start of each server.
//!
//! Without the CA's key they make another CA in its place (k3s-io/k3s, pkg/daemons/control/deps, `createSigningCertKey`);
//! the client is theirs to renew, and has the one name that they allow.

use zeroize::Zeroizing;

use super::{ExportError, Exported, Material, Wishes};
use crate::pki::PkiFile;
use crate::source::formats::layouts::K3S;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes, reader: &'static str) -> Result<Exported, ExportError> {
    let ca_key = material.ca_key(wishes, reader)?;
    let wanted = K3S.plain("requestheader-allowed-names").unwrap_or_default();
    let found = material.client_common_name();
    if found != wanted {
        let directory = material.directory.to_owned();
        return Err(ExportError::OtherName { directory, reader, wanted, found: found.to_owned() });
    }
    let client_key = material.client_key(wishes).ok_or(ExportError::NoCaKey { file: PkiFile::ClientKey })?;
    let named = |flag: &str| K3S.file(flag).unwrap_or_default();
    let own = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
    Ok(Exported::Files(vec![
        (named("requestheader-client-ca-file"), own(&material.ca)),
        ("request-header-ca.key", own(ca_key)),
        (named("proxy-client-cert-file"), own(&material.client)),
        (named("proxy-client-key-file"), own(client_key)),
    ]))
}
