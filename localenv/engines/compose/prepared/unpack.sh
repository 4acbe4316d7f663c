#!/bin/sh
# Unpack ARCHIVE, which holds FOLDER, and go on with the entrypoint of the image: PATH finds it when this file is gone.
tar -x -f ARCHIVE -C "$(dirname FOLDER)" || rm -rf FOLDER
rm -f ARCHIVE "$0"
exec "${0##*/}" "$@"
