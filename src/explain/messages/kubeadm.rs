//! What kubeadm, k3s and their kin say of the front proxy's files.

use super::super::pattern::front_proxy_file;
use super::{About, Message};

/// Others have its words: `shared` looks for its name.
pub(super) const BY_WORDS: &str = "kubeadm, by its words";

const CHECK_PKI: &str = "aggcert check /etc/kubernetes/pki";

/// A key that was read and is of a kind that kubeadm does not take (pkiutil, TryLoadKeyFromDisk).
macro_rules! other_key {
    ($file:literal) => {
        concat!(
            r"(?:(?:failure loading|assuming external) key for [^\n:]{1,60}: )?(?:the )?private key file (?P<file>",
            $file,
            r") is neither in RSA nor ECDSA format"
        )
    };
}

/// A certificate of the front proxy by the name of its file or Secret; a host may be called `front-proxy` alone.
macro_rules! certificate_of_its {
    () => {
        concat!(
            r"[\w./@=-]*(?:",
            front_proxy_file!(),
            r"[\w./@-]*?(?:-client\b|-ca\b|\.(?:crt|pem|cert)\b)|\baggregator-client\b)[\w.@-]*"
        )
    };
}

/// When a certificate ends, in the words of scripts, exporters and tables.
macro_rules! of_its_end {
    () => {
        r#"(?:(?i:(?:has|is|already|about to|will|certificate) expired?\b|\(expired\b|\bexpire(?:s (?:in|on)|d (?:in|on|at))\b|\bdays? left\b)|"residualTime": ?(?:0|-\d+)\b|<invalid>|\bNotAfter=[^\n]{1,30}? < |\bValid from: )"#
    };
}

/// What follows from a CA that has expired, behind how that is told.
macro_rules! expired_ca {
    () => {
        " Nothing that it signed is accepted, so every aggregated API answers 401, and a client renewed from it is none that helps: the CA itself is to be \
            made anew, the same on all control-plane nodes (`aggcert rotate start`)."
    };
}

const EXPIRED_CA: Message = Message {
    pattern: "",
    printed_by: "",
    about: About::FrontProxy,
    meaning: "",
    rules: &["ca-expired"],
    next: &[CHECK_PKI],
    ..Message::PLAIN
};

/// That a certificate of the front proxy has ended, or is to.
const ITS_END: Message = Message {
    pattern: "",
    printed_by: "a script or a program that watches the dates of certificates",
    about: About::FrontProxy,
    meaning: "The front proxy's certificate has expired or is about to, where the date or the days in the line say that it is soon. Once \
        the client has expired, every aggregated API answers 401; once the CA has, nothing that it signed is accepted. Of the cluster on \
        whose control-plane nodes it lies, `aggcert renew` makes the client anew, and `aggcert rotate` leads to another CA; cert-manager, \
        Cluster API and hosted control planes do so by themselves.",
    rules: &["proxy-client-expired", "ca-expired", "proxy-client-expiring", "ca-expiring"],
    next: &[CHECK_PKI],
    ..Message::PLAIN
};

const OF_MICROK8S: Message = Message {
    pattern: "",
    printed_by: "MicroK8s (microk8s refresh-certs --check)",
    about: About::FrontProxy,
    meaning: "",
    rules: &[],
    next: &["microk8s refresh-certs --cert front-proxy-client.crt"],
    ..Message::PLAIN
};

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"requires a new (?:signing|target|client|server) cert(?:ificate)?[^\n]{0,80}already expired[^\n]{0,100}",
        printed_by: "an operator of OpenShift that renews certificates by itself (library-go, certrotation)",
        about: About::NotTold,
        meaning: "This is no failure by itself: the operator makes the certificate anew, as the line says why. Of aggregator-client-signer \
            it is the front proxy's CA. Where the same is said again and again, or a cluster was switched off past the end of its \
            certificates, look at the operator's log and at requests for certificates that wait.",
        rules: &[],
        next: &["kubectl get clusteroperators", "kubectl get certificatesigningrequests"],
    },
    Message {
        pattern: r#"(?:configmaps [\\"]{1,4}cluster-info[\\"]{1,4} is forbidden: )?User [\\"]{1,4}system:anonymous[\\"]{1,4} cannot get (?:resource )?[\\"]{0,4}configmaps[^\n]{0,80}namespace [\\"]{1,4}kube-public[\\"]{0,4}"#,
        printed_by: "kube-apiserver, to kubeadm join or another client without credentials",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: a client without credentials asked for the ConfigMap kube-public/cluster-info, as a node \
            does that joins and has none yet, and may not read it. The RoleBinding kubeadm:bootstrap-signer-clusterinfo in kube-public is \
            missing, which lets everybody read it: `kubeadm init` makes it, other installers do not, and some take it away afterwards. \
            With --discovery-file no such question is asked.",
        rules: &[],
        next: &["kubectl -n kube-public get rolebinding kubeadm:bootstrap-signer-clusterinfo"],
    },
    Message {
        pattern: r"(?:MountVolume\.SetUp failed|hostPath type check failed|error mounting|invalid mount config)[^\n]{0,300}?(?P<file>/\S*front-proxy-(?:ca|client)\.(?:crt|key))[^\n]{0,160}",
        printed_by: "a kubelet, or the container runtime, when a Pod is to start",
        about: About::FrontProxy,
        meaning: "A Pod does not start: it mounts `{file}` of its node, and there it is not there, or is a directory (a hostPath that was \
            not there is made as one). A node that is no control-plane node has no such file: take the CA from the ConfigMap \
            kube-system/extension-apiserver-authentication, or let the Pod run where the file is.",
        rules: &[],
        next: &["ls -l {file}    # on the node of the Pod"],
    },
    Message {
        pattern: other_key!(r"\S*front-proxy-(?:ca|client)\.key"),
        printed_by: "kubeadm (pkiutil, TryLoadKeyFromDisk)",
        about: About::FrontProxy,
        meaning: "The front proxy's key `{file}` is there and can be read; it is of another kind than RSA or ECDSA, most likely Ed25519, \
            which kubeadm does not take (kube-apiserver does). A client's key is made anew with its certificate; a CA's key cannot be \
            changed without a new CA, so have its client signed by another tool than kubeadm, or rotate to a CA with a key that kubeadm \
            takes.",
        rules: &[],
        next: &["openssl pkey -noout -text_pub -in {file}", CHECK_PKI],
    },
    Message {
        pattern: other_key!(r"\S+"),
        printed_by: "kubeadm (pkiutil, TryLoadKeyFromDisk)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the key `{file}` is there and can be read; it is of another kind than RSA or ECDSA, most \
            likely Ed25519, which kubeadm does not take. Make it, with its certificate, anew as RSA or ECDSA; where it is a CA's, that is \
            a new CA.",
        rules: &[],
        next: &["openssl pkey -noout -text_pub -in {file}"],
    },
    Message {
        pattern: r"private key file (?P<key>\S+) is in (?P<kind>RSA|ECDSA) format but the public key file (?P<public>\S+) is not in (?:RSA|ECDSA) format",
        printed_by: "kubeadm (pkiutil, TryLoadPrivatePublicKeyFromDisk)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: `{public}` is not the public half of `{key}`, whose kind is {kind}. They are the keys of \
            service accounts' tokens, and were copied from two clusters, or one of them was made anew.",
        rules: &[],
        next: &["openssl pkey -noout -text_pub -in {key}"],
    },
    Message {
        pattern: r"failure loading (?:certificate|key) for (?:(?:CA|etcd CA|service account)\b[^\n]*failure loading (?:certificate|key) for front-proxy CA|front-proxy CA[^\n]*failure loading (?:certificate|key) for (?:CA|etcd CA|service account))\b[^\n]*",
        printed_by: "kubeadm join --control-plane (phases/certs, SharedCertificateExists)",
        about: About::FrontProxy,
        meaning: "No certificate is wrong: what all control-plane nodes share, the front-proxy CA among it, is not on this node. Upload it \
            on the first node and join with --certificate-key, or copy ca, sa, front-proxy-ca and etcd/ca, each with its key. Making them \
            anew here would give this node a front-proxy CA of its own.",
        rules: &["proxy-client-missing", "node-drift"],
        next: &["kubeadm init phase upload-certs --upload-certs    # on the first node"],
    },
    Message {
        pattern: r"(?:error execution phase|\[renew\]|\[certs\]|couldn't load the (?:certificate|private key) file|failure loading)[^\n]{0,400}?front-proxy-ca\.(?P<half>crt|key)\x22?: (?:no such file|permission denied)[^\n]{0,60}",
        printed_by: "kubeadm",
        about: About::FrontProxy,
        meaning: "kubeadm cannot sign the front proxy's client by the front proxy's CA: front-proxy-ca.{half} is missing on this node, or \
            may not be read. With the certificate there and the key not, the CA is an external one: have the client signed where the key \
            is. Otherwise copy both from another control-plane node; on the first node of a new cluster `kubeadm init phase certs \
            front-proxy-ca` makes them.",
        rules: &["proxy-client-missing", "node-drift"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*", CHECK_PKI],
    },
    Message {
        pattern: r"failed to renew certificate (?P<name>[a-z-]+): unable to sign certificate: must specify at least one ExtKeyUsage|must specify at least one ExtKeyUsage",
        printed_by: "kubeadm certs renew",
        about: About::NotTold,
        meaning: "The certificate that is to be renewed has no extendedKeyUsage, and kubeadm copies what the old one has. It \
            was made by another tool: make it anew once, with clientAuth.",
        rules: &["proxy-client-usage"],
        next: &["aggcert renew /etc/kubernetes/pki"],
    },
    Message {
        pattern: r"files already exist: key or CSR (?P<file>\S+)",
        printed_by: "kubeadm certs generate-csr",
        about: About::NotTold,
        meaning: "No certificate is wrong: `{file}` has a key or a request already, and kubeadm writes over neither. Give another \
            directory (--cert-dir), or move what is there away if nothing uses it: a key that a server uses must stay beside its \
            certificate.",
        rules: &[],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"invalid or incomplete external front-proxy CA(?:: (?P<why>[^\n]*))?",
        printed_by: "kubeadm, when front-proxy-ca.key is not there (phases/certs, UsingExternalFrontProxyCA)",
        about: About::FrontProxy,
        meaning: "front-proxy-ca.crt is there without its key, so kubeadm takes the CA for an external one and wants a \
            complete front-proxy-client.crt and front-proxy-client.key, signed by it. What it misses: {why}",
        rules: &["proxy-client-missing", "proxy-client-untrusted"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*", CHECK_PKI],
    },
    Message {
        pattern: r"invalid or incomplete external (?:etcd )?CA(?:: (?P<why>[^\n]*))?",
        printed_by: "kubeadm, when a CA's key is not there (phases/certs, UsingExternalCA)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the cluster's or etcd's own CA is there without its key, so kubeadm takes it for an \
            external one and wants all certificates of it to be complete. What it misses: {why}",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"can't use upload-certs with an external CA or an external front-proxy CA",
        printed_by: "kubeadm init phase upload-certs, or init --upload-certs",
        about: About::FrontProxy,
        meaning: "The key of the CA or of the front-proxy CA (ca.key, front-proxy-ca.key) does not lie on this node, so kubeadm takes the \
            CA for an external one and uploads nothing: a node that joins could make no certificates from what it downloads. Copy the \
            certificates to the other control-plane nodes by other means, or bring the keys here first.",
        rules: &[],
        next: &["ls -l /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/front-proxy-ca.key"],
    },
    Message {
        pattern: r"Detected external front-proxy-ca, [^\n]{0,80}can't be renewed|assuming external key for front-proxy[^\n]{0,80}",
        printed_by: "kubeadm certs renew",
        about: About::FrontProxy,
        meaning: "front-proxy-ca.key is not on this machine: the CA is external (or the key was taken away), and kubeadm cannot renew \
            front-proxy-client. Have it signed where the key is.",
        rules: &["proxy-client-expiring"],
        next: &["aggcert request /etc/kubernetes/pki"],
    },
    Message {
        pattern: r"(?:certificate )?front-proxy[- ](?i:client|ca)(?:\.crt)? (?:is )?not signed by (?:the )?(?:corresponding CA|CA certificate [a-z-]+): x509: certificate has expired or is not yet valid(?P<period>(?:: [^\n]{0,160})?)",
        printed_by: "kubeadm",
        about: About::FrontProxy,
        meaning: "front-proxy-client.crt or front-proxy-ca.crt has expired or is not valid yet{period}: kubeadm says `not signed by` \
            whatever is wrong, and Go does not tell which of the two it is. `kubeadm certs check-expiration` does. If it is the client, \
            renew it; if it is the CA, nothing that it signed is accepted and it is to be made anew, the same on all control-plane \
            nodes.",
        rules: &["proxy-client-expired", "ca-expired"],
        next: &["kubeadm certs check-expiration", CHECK_PKI],
    },
    Message {
        pattern: r"(?:certificate )?front-proxy[- ](?i:client|ca)(?:\.crt)? (?:is )?not signed by (?:the )?(?:corresponding CA|CA certificate [a-z-]+)(?:: [^\n]{0,300})?",
        printed_by: "kubeadm",
        about: About::FrontProxy,
        meaning: "front-proxy-client.crt does not verify against front-proxy-ca.crt: it is of another CA, one of the two has expired \
            (kubeadm says the same of that), or that CA is not the one of front-proxy-ca.key. kubeadm takes the first certificate of \
            front-proxy-ca.crt for the CA: in the middle of a rotation the file must begin with the CA whose key is there.",
        rules: &["proxy-client-untrusted", "proxy-client-key-mismatch"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"could not validate bounds for certificate front-proxy[- ](?i:ca): the certificate has expired(?P<period>(?:: [^\n]{0,120})?)",
        printed_by: "kubeadm, as a warning (phases/certs, CheckCertificatePeriodValidity)",
        meaning: concat!("kubeadm only warns and goes on, but the front-proxy CA has expired{period}.", expired_ca!()),
        ..EXPIRED_CA
    },
    Message {
        pattern: r"could not validate bounds for certificate front-proxy[- ](?i:ca|client): the certificate (?P<what>has expired|is not valid yet)(?P<period>(?:: [^\n]{0,120})?)",
        printed_by: "kubeadm, as a warning (phases/certs, CheckCertificatePeriodValidity)",
        about: About::FrontProxy,
        meaning: "kubeadm only warns and goes on, but the front proxy's certificate {what}{period}. Once expired, the client is answered \
            401 by every aggregated API. With a blank in its name (`front-proxy client`) it may be the CA, of which kubeadm says the same. \
            One that is not valid yet tells of a clock that is behind, here or where it was made.",
        rules: &["proxy-client-expired", "ca-expired"],
        next: &[CHECK_PKI, "kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"front-proxy[- ](?i:ca)\b[^\n]{0,40}the certificate has expired(?P<period>(?:: [^\n]{0,120})?)",
        printed_by: "kubeadm (pkiutil, ValidateCertPeriod)",
        meaning: concat!("The front-proxy CA has expired{period}, and kubeadm does not go on.", expired_ca!()),
        ..EXPIRED_CA
    },
    Message {
        pattern: r"(?:certs/front-proxy|front-proxy[- ](?i:ca|client))[^\n]{0,120}the certificate (?P<what>has expired|is not valid yet)(?P<period>(?:: [^\n]{0,120})?)",
        printed_by: "kubeadm (pkiutil, ValidateCertPeriod)",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate {what}{period}, and kubeadm does not go on. Once expired, the client \
            is answered 401 by every aggregated API, and a CA verifies nothing. One that is not valid yet tells of a clock \
            that is behind, here or where the certificate was made.",
        rules: &["proxy-client-expired", "ca-expired"],
        next: &[CHECK_PKI, "aggcert renew /etc/kubernetes/pki"],
    },
    Message {
        pattern: r#"certificate [\\"]{0,2}front-proxy[- ](?i:ca)[\\"]{0,2} is not a CA|front-proxy[- ](?i:ca) certificate is not a certificate authority"#,
        printed_by: "kubeadm (phases/certs)",
        about: About::FrontProxy,
        meaning: "front-proxy-ca.crt is no CA: its basicConstraints are missing or say CA:FALSE (the client's certificate was copied \
            over it, or another tool made it). Nothing that it signed is accepted.",
        rules: &["ca-cannot-sign"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: "Failed to find RequestHeader CA certificate, using master CA certificate",
        printed_by: "RKE (Rancher Kubernetes Engine), when it starts a cluster with certificates of your own",
        about: About::FrontProxy,
        meaning: "There is no CA for the front proxy (kube-apiserver-requestheader-ca.pem), and RKE takes the cluster's own CA for it: \
            the client CA and the requestheader CA are one, so whoever gets a client certificate with an allowed name, or \
            with any name where the list is empty, can be any user. Put a CA of its own beside the other certificates.",
        rules: &["ca-reused", "identity-spoofable"],
        next: &["aggcert init DIR    # a directory of its own for the new CA"],
    },
    Message {
        pattern: r#"could not load expected certificate "(?P<name>front-proxy-(?:ca|client))" or validate the existence of key|required certificate or key - name: (?P<file>front-proxy-[a-z.-]+)"#,
        printed_by: "kubeadm join --control-plane, or init (phases/certs, phases/copycerts)",
        about: About::FrontProxy,
        meaning: "Of the front proxy's certificates and keys {name}{file} is not there, or only one half of it is: the files were not all \
            copied to this node, or the node that uploaded them has none. All control-plane nodes need the same front-proxy CA.",
        rules: &["proxy-client-missing", "node-drift", "proxy-client-key-mismatch"],
        next: &[
            "ls -l /etc/kubernetes/pki/front-proxy-*",
            "kubeadm init phase upload-certs --upload-certs    # on the first node",
        ],
    },
    Message {
        pattern: r#"Secret "kubeadm-certs" was not found in the"#,
        printed_by: "kubeadm join --control-plane (phases/copycerts)",
        about: About::SomethingElse,
        meaning: "No certificate is wrong: the Secret with the cluster's CAs, the front proxy's among them, is deleted two hours after it \
            was uploaded. Upload it again and join with the new key. Making CAs anew on this node instead would give it a \
            front-proxy CA of its own.",
        rules: &[],
        next: &["kubeadm init phase upload-certs --upload-certs    # on the first node"],
    },
    Message {
        pattern: r"couldn't load (?:the )?front-proxy-ca certificate authority|failure loading (?:certificate|key)(?: authority)? for front-proxy[- ](?i:ca|client)[^\n]{0,300}|failure loading front-proxy-(?:ca|client) (?:certificate|key)[^\n]{0,200}",
        printed_by: "kubeadm",
        about: About::FrontProxy,
        meaning: "The front proxy's CA or client certificate, or its key, cannot be read, or is none: the file is missing, damaged, or not \
            PEM. The rest of the line says which.",
        rules: &["ca-bundle-unreadable", "proxy-client-missing"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*", CHECK_PKI],
    },
    Message {
        pattern: r"failure loading (?:certificate|key)(?: authority)? for (?P<name>CA|etcd CA|service account)\b[^\n]{0,300}|couldn't load the (?:certificate|private key|public key) file \S*?/(?P<file>(?:etcd/[a-z-]+|apiserver[a-z-]*|ca|sa)\.(?:crt|key|pub))\b[^\n]{0,200}",
        printed_by: "kubeadm (join --control-plane, init or certs renew)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: {name}{file} of the cluster's own certificates and keys is not on this node, or cannot be \
            read. On a node that joins, copy the cluster's CA, with that of etcd, the front-proxy CA and the service account's keys, from \
            the first control-plane node, or upload them there and join with --certificate-key. Where a certificate is to be made or \
            renewed, the CA's key is kept elsewhere: have it signed there.",
        rules: &[],
        next: &["kubeadm init phase upload-certs --upload-certs    # on the first node"],
    },
    Message {
        pattern: r"certificate (?P<name>[a-z/-]+) (?:is )?not signed by (?:the )?(?:corresponding CA|CA certificate \S+): x509: certificate has expired or is not yet valid(?:[^\n]{0,160})",
        printed_by: "kubeadm",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate `{name}`, or the CA beside it, has expired or is not valid yet (kubeadm \
            says `not signed by` whatever is wrong, and Go does not tell which of the two). `kubeadm certs check-expiration` does. \
            `kubeadm certs renew` makes a certificate anew, but no CA.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"certificate (?P<name>(?:etcd|apiserver)[a-z/-]*) is invalid: x509: (?P<why>[^\n]{1,300})",
        printed_by: "kubeadm (phases/certs, validateCertificateWithConfig)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate `{name}` that is there lacks a name or an address which kubeadm's \
            configuration asks for ({why}). Move the certificate and its key away and let kubeadm make them anew, or take the name out of \
            certSANs.",
        rules: &[],
        next: &["kubeadm init phase certs {name}"],
    },
    Message {
        pattern: r"(?:could not validate bounds for certificate |certificate )(?P<name>(?:[Ee]tcd|CA|ca|sa|service account|API server|apiserver)(?: CA|[a-z/-]*)): the certificate (?P<what>has expired|is not valid yet)(?P<period>(?:: [^\n]{0,120})?)",
        printed_by: "kubeadm (pkiutil, ValidateCertPeriod)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate `{name}` of the cluster {what}{period}. kubeadm renews certificates, but no \
            CA; one that is not valid yet tells of a clock that is behind. With `could not validate bounds` kubeadm only warns and goes \
            on.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"certificate (?P<name>(?:etcd|apiserver)[a-z/-]*) (?:is )?not signed by (?:the )?(?:corresponding CA|CA certificate \S+)(?:: [^\n]{0,300})?",
        printed_by: "kubeadm",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate `{name}` does not verify against the CA that lies beside it in kubeadm's \
            directory. That was made anew or copied from another cluster, or one of the two has expired (kubeadm says the same of that). \
            `kubeadm certs check-expiration` tells the latter; otherwise take the right CA, or make the certificate anew from the one that \
            is there.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"failure loading (?P<name>(?:etcd|apiserver)[a-z-]*|ca|sa) (?:certificate|key)(?: file)?[^\n]{0,200}",
        printed_by: "kubeadm",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the certificate or key `{name}` in kubeadm's directory is not there, does not fit or has \
            expired. `kubeadm certs renew {name}` makes a certificate anew from its CA.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"!?MISSING!\s+front-proxy-ca\b",
        printed_by: "kubeadm certs check-expiration, or renew",
        about: About::FrontProxy,
        meaning: "front-proxy-ca.crt is not in kubeadm's directory. A kube-apiserver whose flags name it does not start (again) without \
            it. Copy it, with its key, from another control-plane node; a CA made anew is another one, and every node needs the same.",
        rules: &["ca-bundle-unreadable", "node-drift"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*    # on each control-plane node"],
    },
    Message {
        pattern: r"!?MISSING!\s+(?:front-proxy-client\b|certificate for the front proxy client)",
        printed_by: "kubeadm certs check-expiration, or renew",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate front-proxy-client is not in kubeadm's directory. A kube-apiserver whose flags name it \
            does not start (again) without it. kubeadm renews only what is there: make the client anew from the CA that is there; a CA \
            that is missing must be copied from another control-plane node.",
        rules: &["proxy-client-missing"],
        next: &["kubeadm init phase certs front-proxy-client", CHECK_PKI],
    },
    Message {
        pattern: r"front-proxy-ca[\s|]+(?:[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+[\s|]+)?<invalid>",
        printed_by: "kubeadm certs check-expiration",
        about: About::FrontProxy,
        meaning: "The front-proxy CA has expired (`<invalid>`). Nothing that it signed is accepted, and a client renewed from it is none \
            that helps: the CA itself is to be made anew, the same on all control-plane nodes (`aggcert rotate start`).",
        rules: &["ca-expired"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"front-proxy-client[\s|]+(?:[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+[\s|]+)?<invalid>",
        printed_by: "kubeadm certs check-expiration, or renew",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate front-proxy-client has expired (`<invalid>`). With an expired client extension API servers \
            answer kube-apiserver 401.",
        rules: &["proxy-client-expired"],
        next: &["kubeadm certs renew front-proxy-client", CHECK_PKI],
    },
    Message {
        pattern: r"front-proxy-client[\s|]+(?P<until>[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+)[\s|]+(?P<left>[12]?\dd|\d+[hms])\b",
        printed_by: "kubeadm certs check-expiration",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate front-proxy-client is valid until {until}, which is near ({left} left). Then every \
            aggregated API answers 401: renew it.",
        rules: &["proxy-client-expiring"],
        next: &["kubeadm certs renew front-proxy-client", CHECK_PKI],
    },
    Message {
        pattern: r"front-proxy-ca[\s|]+(?P<until>[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+)[\s|]+(?P<left>\d{1,3}d|\d+[hms])\b",
        printed_by: "kubeadm certs check-expiration",
        about: About::FrontProxy,
        meaning: "The front-proxy CA is valid until {until}, which is near ({left} left). kubeadm renews no CA: make a new one in time, \
            the same on all control-plane nodes, and the client from it (`aggcert rotate start`).",
        rules: &["ca-expiring"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"(?P<name>front-proxy-(?:client|ca))[\s|]+(?P<until>[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+)[\s|]+(?P<left>\d+[ydhms])\b",
        printed_by: "kubeadm certs check-expiration",
        about: About::NoFailure,
        meaning: "This is no failure: {name} is valid until {until} ({left} left). `kubeadm certs renew front-proxy-client` renews the \
            client; the CA it does not.",
        rules: &["proxy-client-expiring", "ca-expiring"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"\S*front-proxy-(?:ca|client)\.(?:crt|key) already exists",
        printed_by: "kubeadm init or join, before it begins (preflight)",
        about: About::SomethingElse,
        meaning: "This is no fault of certificates: kubeadm found files of the front proxy of an earlier cluster on this node. `kubeadm \
            reset` takes them away; to keep them, leave out the check that the line names.",
        rules: &[],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"!MISSING!\s+(?P<name>[a-z-]+(?:\.conf)?)|\b(?P<again>admin\.conf|super-admin\.conf|apiserver[a-z-]*|controller-manager\.conf|scheduler\.conf|etcd-[a-z-]+|ca)\s+[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d \w+\s+<invalid>",
        printed_by: "kubeadm certs check-expiration",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: {name}{again} is missing, or has expired (`<invalid>`). It is another certificate of the \
            cluster.",
        rules: &[],
        next: &["kubeadm certs renew {name}{again}"],
    },
    Message {
        pattern: r"CN=[\w.-]*request-header-ca\S*[^\n]{0,60}(?:has expired|is expired|will expire|expired at|expires in)[^\n]{0,60}|request-header-ca\.crt[^\n]{0,80}(?:\(expired|has expired|is expired|will expire|expired at|expires in)[^\n]{0,60}",
        printed_by: "k3s or RKE2 (certificate check, or at start-up)",
        about: About::FrontProxy,
        meaning: "The CA of the front proxy of k3s or RKE2 (request-header-ca.crt) has expired or is about to. A restart renews the \
            certificates below it and not the CA: that is replaced by `k3s certificate rotate-ca`, and the new one must be on every \
            server.",
        rules: &["ca-expiring", "ca-expired"],
        next: &["k3s certificate check    # rke2 certificate check"],
    },
    Message {
        pattern: r"client-auth-proxy\.crt: certificate CN=\S+ is ok, expires at (?P<until>[\dT:.Z+-]+)",
        printed_by: "k3s or RKE2 (certificate check)",
        about: About::NoFailure,
        meaning: "This is no failure: a certificate of the front proxy's client-auth-proxy.crt is valid until {until}.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?P<file>client-auth-proxy|request-header-ca)\.crt\s+CN=\S+\s+[\w, ]+?\s+(?P<until>[A-Z][a-z]{2} \d{1,2}, \d{4}[^\n]{0,12}?)\s{2,}[^\n]{1,20}?\s{2,}(?P<status>OK|WARNING|EXPIRED)",
        printed_by: "k3s or RKE2 (certificate check)",
        about: About::FrontProxy,
        meaning: "The front proxy's {file}.crt of k3s or RKE2 is valid until {until}: {status}. `OK` is no failure. A restart renews \
            client-auth-proxy.crt when it ends within 120 days (90 in older versions); request-header-ca.crt, the CA, is replaced by `k3s \
            certificate rotate-ca` alone.",
        rules: &["proxy-client-expired", "proxy-client-expiring", "ca-expiring"],
        next: &["k3s certificate check    # rke2 certificate check"],
    },
    Message {
        pattern: r"front_proxy_client_certificate[^\n]{0,300}|front-proxy-client certificate-private_key pair is not valid[^\n]{0,200}",
        printed_by: "Kamaji, of the control plane of a tenant",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate and key in a Secret of the *tenant's* control plane, and not this cluster's: where they do \
            not fit or are about to end, Kamaji makes new ones by itself.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"x509_cert_(?:expired|expires_in_seconds|not_after|not_before)\{[^}\n]*(?:front-proxy|request-header|auth-proxy)[^}\n]*\}[^\n]{0,40}|cert_exporter_\w+\{[^}\n]*(?:front-proxy|request-header|auth-proxy)[^}\n]*\}[^\n]{0,40}",
        printed_by: "an exporter of the dates of certificates",
        about: About::FrontProxy,
        meaning: "This is no failure by itself: a date of the front proxy's certificate, as a number. `not_after` is when it ends in \
            seconds since 1970 (`date -d @NUMBER`), `expires_in_seconds` what is left (below zero: it has expired), `expired` is 1 once it \
            has.",
        rules: &["proxy-client-expired", "proxy-client-expiring", "ca-expiring"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"(?:client-auth-proxy\S*|CN=system:auth-proxy)[^\n]{0,120}(?:\(expired|has expired|is expired|will expire|expired at|expires in)[^\n]{0,60}",
        printed_by: "k3s or RKE2 (certificate check, or at start-up)",
        about: About::FrontProxy,
        meaning: "The front proxy's certificate of k3s or RKE2 (client-auth-proxy.crt) has expired or \
            is about to. k3s renews what ends within 120 days (90 in older versions) when it is restarted.",
        rules: &["proxy-client-expired", "proxy-client-expiring", "ca-expiring"],
        next: &["k3s certificate check    # rke2 certificate check"],
    },
    Message {
        pattern: r"CA certificate \(CN=[^)\n]*front-proxy-ca[^)\n]*\) (?:has )?expire[sd] (?:at|on) [^\n]{1,100}|Leaf certificate \S*front-proxy-client\S* [^\n]{1,60}expire[sd] (?:at|on) [^\n]{1,100}",
        printed_by: "vcluster, of the control plane of a virtual cluster",
        about: About::FrontProxy,
        meaning: "The front proxy's CA or client of the *virtual* cluster ends at that time, and not that of the host's. vcluster renews \
            the client by itself at a start; the CA is made anew by `vcluster certs rotate-ca`.",
        rules: &["proxy-client-expiring", "ca-expiring"],
        next: &["vcluster certs check NAME"],
    },
    Message {
        pattern: r"front proxy client certificate will expire in -(?P<days>\d+) days?",
        rules: &["proxy-client-expired"],
        meaning: "The front-proxy client of MicroK8s has expired {days} days ago, and every aggregated API answers 401.",
        ..OF_MICROK8S
    },
    Message {
        pattern: r"front proxy client certificate will expire in (?P<days>[0-2]?\d) days?\b",
        rules: &["proxy-client-expiring"],
        meaning: "The front-proxy client of MicroK8s has {days} days left; after that every aggregated API answers 401.",
        ..OF_MICROK8S
    },
    Message {
        pattern: r"front proxy client certificate will expire in (?P<days>\d+) days?",
        about: About::NoFailure,
        meaning: "This is no failure: the front-proxy client of MicroK8s is valid for {days} more days. Other nodes have one of their own.",
        next: &[],
        ..OF_MICROK8S
    },
    Message {
        pattern: r"certificate for the front proxy client (?P<what>renewed|not renewed|can't be renewed)|\[cert(?:ificate)?s\] (?:Generating|Generated) .?front-proxy-(?:ca|client).? certificate[^\n]{0,40}|\[certs\] Using (?:the )?existing .?front-proxy-(?:ca|client).? [^\n]{0,60}|\[upgrade/\w+\] Renewing front-proxy-client certificate",
        printed_by: "kubeadm (init, upgrade, or certs renew)",
        about: About::NoFailure,
        meaning: "This is no failure: kubeadm made the front proxy's CA or client certificate, or kept what was there. kube-apiserver \
            takes a renewed client certificate by itself. A CA made anew on one control-plane node is another one than on the others: copy \
            it.",
        rules: &["node-drift"],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"\[certificates\] Generating Kubernetes API server (?P<what>aggregation layer requestheader client CA|proxy client) certificates?",
        printed_by: "RKE 1 (rke up, pki)",
        about: About::NoFailure,
        meaning: "This is no failure: rke made the front proxy's CA (kube-apiserver-requestheader-ca) or its client \
            (kube-apiserver-proxy-client). It keeps both in the state file of the cluster: where that is lost, the next run makes another \
            CA.",
        rules: &["node-drift"],
        next: &[],
    },
    Message {
        pattern: r"\[cert(?:ificate)?s\] (?:Generating|Generated|Using (?:the )?existing) [^\n]{1,80}(?:certificate|key|keyless)[^\n]{0,60}|\[upgrade/\w+\] Renewing [a-z./-]{1,60} certificate",
        printed_by: "kubeadm or RKE 1 (init, join, upgrade, up)",
        about: About::NoFailure,
        meaning: "This is no failure: the installer made a certificate or a key of the cluster, or kept what was there.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Done renewing certificates\. You must restart the kube-apiserver",
        printed_by: "kubeadm certs renew",
        about: About::NoFailure,
        meaning: "This is no failure: the certificates were renewed, the front proxy's client among them where all were. kube-apiserver \
            takes that one without a restart since 1.20; the kubeconfig files of the controller manager and the scheduler it does not.",
        rules: &[],
        next: &[CHECK_PKI],
    },
    Message {
        pattern: r"error decoding (?:secret data with provided key|certificate key)[^\n]{0,80}|certificate key decoding error: [^\n]{0,80}",
        printed_by: "kubeadm join --control-plane (phases/copycerts)",
        about: About::SomethingElse,
        meaning: "No certificate is wrong: --certificate-key is not the key that the Secret kubeadm-certs was uploaded with. Upload it \
            again and join with the new key.",
        rules: &[],
        next: &["kubeadm init phase upload-certs --upload-certs    # on the first node"],
    },
    Message { pattern: concat!(certificate_of_its!(), r"[^\n]{0,80}?", of_its_end!(), r"[^\n]{0,60}"), ..ITS_END },
];

/// Of any of kubeadm's certificates; where it is the front proxy's, another row says more.
pub(super) static GENERAL: &[Message] = super::rows![
    Message {
        pattern: r"(?:(?:failed to|couldn't|failure) [a-zA-Z ]{4,60}|unknown certificate authority|Error checking external CA condition for|could not validate bounds for certificate|certificate) [\x22']?front-proxy[- ](?i:ca|client)\b[^\n]{0,200}|front-proxy[- ](?i:ca|client)(?:\.crt|\.key)? (?:certificate )?(?:is not a (?:CA|valid|known|certificate)|renewal failed|is neither in )[^\n]{0,120}",
        printed_by: "kubeadm (phases/certs)",
        about: About::FrontProxy,
        meaning: "kubeadm could not make, renew or check the front proxy's certificate. The rest of the line says why: a file is missing \
            or damaged, the CA's key is not on this machine, or what is there does not fit.",
        rules: &["proxy-client-missing", "proxy-client-untrusted", "ca-bundle-unreadable"],
        next: &["ls -l /etc/kubernetes/pki/front-proxy-*", CHECK_PKI],
    },
    Message {
        pattern: r"\b(?P<name>[\w./-]+) is not a valid certificate for this cluster",
        printed_by: "kubeadm certs renew",
        about: About::SomethingElse,
        meaning: "No certificate is wrong: this cluster has no certificate of the name {name} that kubeadm renews. With an external etcd \
            it has none of etcd's, and the name may be misspelt; `kubeadm certs check-expiration` lists those that there are, \
            front-proxy-client among them.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: r"(?:failed to (?:renew certificate|load existing certificate|write new certificate) |couldn't (?:create|generate|load) (?:the )?(?:CA |certificate )?|failure (?:loading|while saving) )[\x22']?(?P<name>(?:etcd|apiserver)[a-z-]*|[a-z-]+\.conf|ca|sa|etcd/\S+)[\x22']? ?(?:certificate|key|: )[^\n]{0,200}|(?:failed to (?:renew|load existing|write new) certificate |couldn't (?:create|generate|load) |failure (?:loading|while saving) )[^\s/]+ (?:certificate|key)\b[^\n]{0,200}|certificate [\x22']?(?P<other>[a-z][a-z/-]+)[\x22']? ?(?:is not signed by (?:the )?corresponding CA|is invalid|is not a CA|references unknown CA)[^\n]{0,200}|failure loading (?:certificate(?: authority)?|key) for [^\n]{0,200}|error creating PKI assets[^\n]{0,200}|expected CAname for [^\n]{0,120}|unknown certificate authority \S+|\S+ certificate is not a certificate authority|Error checking external CA condition for [^\n]{0,120}|is not a known (?:certificate|CA)|(?:failed to load|invalid) kubeConfig file [^\n]{0,200}|failed to (?:renew certificate|load existing certificate|write new certificate) \S+|the certificate (?:has expired|is not valid yet): NotBefore[^\n]{0,120}|\[renew\] Error reading configuration from the Cluster|couldn't load the (?:certificate|private key|public key) file [^\n]{0,200}|kubeConfig file \S+ does not (?:have an embedded|contain a valid) (?:client|server) certificate",
        printed_by: BY_WORDS,
        about: About::SomethingElse,
        meaning: "kubeadm could not read, renew or check a certificate or a key ({name}{other}). It is not named as the front proxy's; the \
            rest of the line says which file it is and why.",
        rules: &[],
        next: &["kubeadm certs check-expiration"],
    },
    Message {
        pattern: concat!(
            "(?s:",
            certificate_of_its!(),
            ".{0,200}?",
            of_its_end!(),
            "|",
            of_its_end!(),
            ".{0,120}?",
            certificate_of_its!(),
            ")"
        ),
        ..ITS_END
    },
];
