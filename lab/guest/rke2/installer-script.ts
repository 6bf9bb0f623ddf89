/** The installer behind https://get.rke2.io, in our own words: it takes the same variables and leaves the same files. */

/** https://docs.rke2.io/install/configuration */
export const INSTALLER_SCRIPT = String.raw`#!/bin/sh
set -e

info() { echo "[INFO]  $*"; }
fatal() { echo "[ERROR]  $*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || fatal 'You need to be root to perform this install'

TYPE=@{INSTALL_RKE2_TYPE:-@{INSTALL_RKE2_EXEC:-server}}
case "$TYPE" in
  server|agent) ;;
  *) fatal "unknown INSTALL_RKE2_TYPE $TYPE" ;;
esac
case "@{INSTALL_RKE2_METHOD:-tar}" in
  tar) ;;
  *) fatal "there is no package manager for the method $INSTALL_RKE2_METHOD" ;;
esac

PREFIX=@{INSTALL_RKE2_TAR_PREFIX:-/usr/local}
IMAGES=@{INSTALL_RKE2_AGENT_IMAGES_DIR:-/var/lib/rancher/rke2/agent/images}
URL=@{INSTALL_RKE2_ARTIFACT_URL:-https://github.com/rancher/rke2/releases/download}
PROGRAM=rke2.linux-amd64.tar.gz
ARCHIVE=rke2-images.linux-amd64.tar.zst
CHECKSUMS=sha256sum-amd64.txt

DIR=$(mktemp -d -t rke2-install.XXXXXXXXXX)
discard() { rm -rf "$DIR"; fatal "$1"; }
checksum_of() { grep -F "$1" "$DIR/$CHECKSUMS" | head -n 1 | cut -d ' ' -f 1; }
verify() {
  ACTUAL=$(sha256sum "$DIR/$1" | cut -d ' ' -f 1)
  [ "$(checksum_of "$1")" = "$ACTUAL" ] || discard "download sha256 does not match $(checksum_of "$1"), got $ACTUAL"
}

if [ -n "$INSTALL_RKE2_ARTIFACT_PATH" ]; then
  info "staging local checksums from $INSTALL_RKE2_ARTIFACT_PATH/$CHECKSUMS"
  cp "$INSTALL_RKE2_ARTIFACT_PATH/$CHECKSUMS" "$DIR/$CHECKSUMS" || discard 'there are no checksums'
  if [ -f "$INSTALL_RKE2_ARTIFACT_PATH/$ARCHIVE" ]; then
    info "staging zst airgap image tarball from $INSTALL_RKE2_ARTIFACT_PATH/$ARCHIVE"
    cp "$INSTALL_RKE2_ARTIFACT_PATH/$ARCHIVE" "$DIR/$ARCHIVE"
    # What is not in the list is left out without a word.
    if [ -n "$(checksum_of "$ARCHIVE")" ]; then
      info 'verifying airgap tarball'
      verify "$ARCHIVE"
      info "installing airgap tarball to $IMAGES"
      mkdir -p "$IMAGES"
      mv -f "$DIR/$ARCHIVE" "$IMAGES/$ARCHIVE"
      for IMAGE in "$INSTALL_RKE2_ARTIFACT_PATH"/rke2-images-*.linux-amd64*; do
        if [ -f "$IMAGE" ]; then
          info "Installing airgap image from $IMAGE"
          cp "$IMAGE" "$IMAGES"
        fi
      done
    fi
  fi
  info "staging tarball from $INSTALL_RKE2_ARTIFACT_PATH/$PROGRAM"
  cp "$INSTALL_RKE2_ARTIFACT_PATH/$PROGRAM" "$DIR/$PROGRAM" || discard 'there is no program'
else
  VERSION=$INSTALL_RKE2_VERSION
  if [ -z "$VERSION" ]; then
    CHANNEL=@{INSTALL_RKE2_CHANNEL:-stable}
    info "finding release for channel $CHANNEL"
    VERSION=$(curl -w '%{url_effective}' -L -s -S "https://update.rke2.io/v1-release/channels/$CHANNEL" -o /dev/null | sed -e 's|.*/||')
  fi
  info "using $VERSION as release"
  SAFE=$(echo "$VERSION" | sed 's/+/%2B/g')
  info "downloading checksums at $URL/$SAFE/$CHECKSUMS"
  curl -o "$DIR/$CHECKSUMS" -fsSL "$URL/$SAFE/$CHECKSUMS" || discard 'download failed'
  info "downloading tarball at $URL/$SAFE/$PROGRAM"
  curl -o "$DIR/$PROGRAM" -fsSL "$URL/$SAFE/$PROGRAM" || discard 'download failed'
fi

info 'verifying tarball'
verify "$PROGRAM"
info "unpacking tarball file to $PREFIX"
mkdir -p "$PREFIX"
tar xzpf "$DIR/$PROGRAM" -C "$PREFIX"
if [ "$PREFIX" != /usr/local ]; then
  for UNIT in rke2-server rke2-agent; do
    sed "s|/usr/local|$PREFIX|" "$PREFIX/lib/systemd/system/$UNIT.service" > "/etc/systemd/system/$UNIT.service"
    rm -f "$PREFIX/lib/systemd/system/$UNIT.service"
  done
fi
rm -rf "$DIR"
[ -n "$INSTALL_RKE2_SKIP_RELOAD" ] || systemctl daemon-reload
`.replaceAll('@{', '${');
