#!/bin/sh
# The data sets of pix2pix (Isola et al. 2017, App. 6.2), with the paper's settings: recipes/pix2pix.sh NAME [DIR]
#
# Unrun: written out from the paper and the official scripts, but no machine of ours has downloaded these archives or
# trained on them. Settings marked (m) are from memory of the official README, all others from the paper or its scripts.
# Batch size 1, 200 epochs, jitter 286 -> 256 and mirroring are the defaults of the model; a row says what differs.
#
# name          pairs    epochs  batch  direction            archive
# facades       400      200     1      BtoA labels->photo   31 MB
# cityscapes    2,975    200     1      BtoA labels->photo   113 MB
# maps          1,096    200     1      AtoB photo->map      246 MB
# edges2shoes   49,825   15      4      AtoB edges->photo    2.2 GB, no jitter, no mirroring (m)
# edges2handbags 138,567 15      4      AtoB edges->photo    8.6 GB, no jitter, no mirroring (m)
# night2day     17,823   17 (m)  4 (m)  BtoA day->night      -
set -eu

name=${1:?name of a data set: facades, cityscapes, maps, edges2shoes, edges2handbags, night2day}
place=${2:-data}
case $name in
facades) pairs=400 epochs=200 batch=1 direction=BtoA more="" ;;
cityscapes) pairs=2975 epochs=200 batch=1 direction=BtoA more="" ;;
maps) pairs=1096 epochs=200 batch=1 direction=AtoB more="" ;;
edges2shoes) pairs=49825 epochs=15 batch=4 direction=AtoB more="--set jitter=false --no-mirror" ;;
edges2handbags) pairs=138567 epochs=15 batch=4 direction=AtoB more="--set jitter=false --no-mirror" ;;
night2day) pairs=17823 epochs=17 batch=4 direction=BtoA more="" ;;
*)
    echo "Expected facades, cityscapes, maps, edges2shoes, edges2handbags or night2day. Received: $name" >&2
    exit 2
    ;;
esac

if [ ! -d "$place/$name" ]; then
    mkdir -p "$place"
    curl -fL "http://efrosgans.eecs.berkeley.edu/pix2pix/datasets/$name.tar.gz" | tar -xz -C "$place"
fi

kimg=$(awk "BEGIN { print $pairs * $epochs / 1000 }")
# shellcheck disable=SC2086  # $more is a list of words
keras-gans train pix2pix --preset pix2pix --data "$place/$name" --out "runs/$name" \
    --direction "$direction" --batch-size "$batch" --kimg "$kimg" $more
# The inputs of a test split are halves of its files: `keras-gans evaluate runs/$name --split test` translates and scores
# them; `keras-gans translate` takes single images.
