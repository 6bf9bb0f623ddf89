/** The installer behind https://get.k3s.io, in our own words: it takes the same variables and leaves the same files. */

/** The service for its settings: https://docs.k3s.io/reference/env-variables */
export const INSTALLER_SCRIPT = String.raw`#!/bin/sh
set -e

info() { echo "[INFO]  $*"; }
fatal() { echo "[ERROR]  $*" >&2; exit 1; }

case "$K3S_URL" in
  ""|https://*) ;;
  *) fatal "Only https:// URLs are supported for K3S_URL (have $K3S_URL)" ;;
esac

# The role may stand in INSTALL_K3S_EXEC, in the arguments, or follow from K3S_URL.
eval set -- $INSTALL_K3S_EXEC '"$@"'
case "$1" in
  -*|"")
    if [ -z "$K3S_URL" ]; then
      ROLE=server
    else
      if [ -z "$K3S_TOKEN" ] && [ -z "$K3S_TOKEN_FILE" ]; then
        fatal "Defaulted k3s exec command to 'agent' because K3S_URL is defined, but K3S_TOKEN or K3S_TOKEN_FILE is not defined."
      fi
      ROLE=agent
    fi
    ;;
  *)
    ROLE=$1
    shift
    ;;
esac

if [ -n "$INSTALL_K3S_NAME" ]; then
  NAME=k3s-$INSTALL_K3S_NAME
elif [ "$ROLE" = server ]; then
  NAME=k3s
else
  NAME=k3s-$ROLE
fi

SUDO=sudo
if [ "$(id -u)" -eq 0 ]; then SUDO=; fi

BIN=/usr/local/bin
UNITS=/etc/systemd/system
ENV_FILE=$UNITS/$NAME.service.env
RELEASES=https://github.com/k3s-io/k3s/releases

checksums() { sha256sum $BIN/k3s $UNITS/$NAME.service $ENV_FILE 2>/dev/null || true; }
BEFORE=$($SUDO true && checksums)

if [ "$INSTALL_K3S_SKIP_DOWNLOAD" != true ]; then
  if [ -n "$INSTALL_K3S_VERSION" ]; then
    VERSION=$INSTALL_K3S_VERSION
  else
    info "Finding release for channel $(printf %s "\${INSTALL_K3S_CHANNEL:-stable}")"
    VERSION=$(curl -w '%{url_effective}' -L -s -S "https://update.k3s.io/v1-release/channels/\${INSTALL_K3S_CHANNEL:-stable}" -o /dev/null | sed -e 's|.*/||')
  fi
  info "Using $VERSION as release"

  DIR=$(mktemp -d -t k3s-install.XXXXXXXXXX)
  discard() { rm -rf "$DIR"; fatal "$1"; }
  info "Downloading hash $RELEASES/download/$VERSION/sha256sum-amd64.txt"
  curl -o "$DIR/hash" -sfL "$RELEASES/download/$VERSION/sha256sum-amd64.txt" || discard 'Download failed'
  EXPECTED=$(grep ' k3s$' "$DIR/hash" | cut -d ' ' -f 1)
  INSTALLED=$(sha256sum $BIN/k3s 2>/dev/null | cut -d ' ' -f 1 || true)
  if [ "$EXPECTED" = "$INSTALLED" ]; then
    info 'Skipping binary downloaded, installed k3s matches hash'
  else
    info "Downloading binary $RELEASES/download/$VERSION/k3s"
    curl -o "$DIR/k3s" -sfL "$RELEASES/download/$VERSION/k3s" || discard 'Download failed'
    info 'Verifying binary download'
    [ "$(sha256sum "$DIR/k3s" | cut -d ' ' -f 1)" = "$EXPECTED" ] || discard "Download sha256 does not match $EXPECTED"
    info "Installing k3s to $BIN/k3s"
    $SUDO install -m 755 -o root -g root "$DIR/k3s" $BIN/k3s
  fi
  rm -rf "$DIR"
fi
[ -x $BIN/k3s ] || fatal "Executable k3s binary not found at $BIN/k3s"

for TOOL in kubectl crictl ctr; do
  if [ "$INSTALL_K3S_SYMLINK" = skip ]; then continue; fi
  if [ -e $BIN/$TOOL ]; then
    info "Skipping $BIN/$TOOL symlink to k3s, already exists"
  else
    info "Creating $BIN/$TOOL symlink to k3s"
    printf '#!/bin/sh\nexec %s/k3s %s "$@"\n' $BIN $TOOL | $SUDO install -m 755 /dev/stdin $BIN/$TOOL
  fi
done

info "Creating killall script $BIN/k3s-killall.sh"
$SUDO install -m 755 /dev/stdin $BIN/k3s-killall.sh <<'EOF'
#!/bin/sh
if [ "$(id -u)" -ne 0 ]; then exec sudo "/usr/local/bin/k3s-killall.sh" "$@"; fi
for UNIT in /etc/systemd/system/k3s*.service; do
  if [ -e "$UNIT" ]; then systemctl stop "$(basename "$UNIT")"; fi
done
EOF

info "Creating uninstall script $BIN/$NAME-uninstall.sh"
$SUDO install -m 755 /dev/stdin $BIN/$NAME-uninstall.sh <<EOF
#!/bin/sh
if [ "\$(id -u)" -ne 0 ]; then exec sudo "$BIN/$NAME-uninstall.sh" "\$@"; fi
$BIN/k3s-killall.sh
systemctl disable $NAME || true
rm -f $UNITS/$NAME.service $ENV_FILE
systemctl daemon-reload
for OTHER in $UNITS/k3s*.service; do
  if [ -e "\$OTHER" ]; then echo 'Additional k3s services installed, skipping uninstall of k3s'; exit 0; fi
done
rm -rf /etc/rancher/k3s /run/k3s /run/flannel /var/lib/rancher/k3s /var/lib/kubelet
rm -f $BIN/k3s $BIN/kubectl $BIN/crictl $BIN/ctr $BIN/k3s-killall.sh $BIN/$NAME-uninstall.sh
EOF

info "env: Creating environment file $ENV_FILE"
$SUDO install -m 600 -o root -g root /dev/null $ENV_FILE
env | grep -E '^(K3S|CONTAINERD)_' | $SUDO tee $ENV_FILE >/dev/null || true

ARGUMENTS=
for ARGUMENT in "$@"; do
  QUOTED=$(printf %s "$ARGUMENT" | sed "s/'/'\\\\''/g")
  ARGUMENTS="$ARGUMENTS '$QUOTED'"
done
info "systemd: Creating service file $UNITS/$NAME.service"
$SUDO install -m 644 -o root -g root /dev/stdin $UNITS/$NAME.service <<EOF
[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-$ENV_FILE
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=$BIN/k3s $ROLE$ARGUMENTS
EOF

[ "$INSTALL_K3S_SKIP_ENABLE" != true ] || exit 0
info "systemd: Enabling $NAME unit"
$SUDO systemctl enable $NAME >/dev/null
$SUDO systemctl daemon-reload >/dev/null
[ "$INSTALL_K3S_SKIP_START" != true ] || exit 0
AFTER=$(checksums)
if [ "$BEFORE" = "$AFTER" ] && [ "$INSTALL_K3S_FORCE_RESTART" != true ] && systemctl is-active --quiet $NAME; then
  info 'No change detected so skipping service start'
  exit 0
fi
info "systemd: Starting $NAME"
$SUDO systemctl restart $NAME
`.replaceAll('\\${', '${');
