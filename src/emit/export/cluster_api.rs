//! Cluster API's Secret for the front-proxy CA of a cluster: `CLUSTER-proxy` with `tls.crt` and `tls.key`
//! (kubernetes-sigs/cluster-api, util/secret/consts.go and certificates.go, `Certificate.AsSecret`). kubeadm issues the
//! client from it on each node, so the client is not in it; without the key the controllers give up (`ErrMissingKey`).

use super::object::{names, push_encoded, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    if wishes.name.is_none() {
        return Err(ExportError::NoName { form: "cluster-api", what: "the cluster's, as its object has it" });
    }
    let key = material.ca_key(wishes, "Cluster API")?;
    let (cluster, namespace) = names(wishes, "", "default")?;
    let mut text = roomy(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\n  labels:\n    \
         cluster.x-k8s.io/cluster-name: {}\ntype: cluster.x-k8s.io/secret\ndata:\n",
        yaml::string(&format!("{cluster}-proxy")),
        yaml::string(namespace),
        yaml::string(cluster)
    ));
    for (name, bytes) in [("tls.crt", material.ca.as_slice()), ("tls.key", key)] {
        push_encoded(&mut text, 2, name, bytes);
    }
    Ok(Exported::Text(text))
}
