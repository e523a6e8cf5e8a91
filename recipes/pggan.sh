#!/bin/sh
# The runs of PGGAN (Karras et al. 2018), with the settings of the paper's code: recipes/pggan.sh NAME [DIR]
#
# Unrun: written out from the paper and the released code, but no machine of ours has had these data or the weeks of
# several GPUs that they take. A command that was stopped goes on when it is given again.
#
# name             data                               size       real images  published
# celebahq         30,000 faces, see below            1024       19,000,000   SWD x 1000 average 7.29 (m), FID 7.30 (m)
# lsun             tfds:lsun/bedroom                  256        20,000,000   FID 8.34 (m)
# cifar10          tfds:cifar10                       32         20,000,000   Inception Score 8.80 +- 0.05, the best
# ablation-celeba  tfds:celeb_a, rows a to g          128        10,000,000   Table 1: SWD average 9.28 ... 3.56 (m)
# ablation-lsun    tfds:lsun/bedroom, rows a to g     128        10,000,000   Table 1: SWD average 11.25 ... 4.01 (m)
#
# (m): from memory; the other figures are those of the paper as others quote them. Inception's weights are looked for as
# `keras-gans evaluate --help` says. How the data differ from the paper's:
#   celebahq   put CelebA's img_celeba, list_landmarks_celeba.txt and CelebA-HQ's image_list.txt into DIR/celeba: the
#              faces are aligned here, without NVIDIA's restored detail; or a prepared CelebA-HQ into DIR/celebahq
#   lsun       resized from the data set's own size; the paper's other 29 categories are other sets of tfds
#   ablation   CelebA: the largest centred square of the aligned pictures of the training split, resized; the paper's code
#              cut 128 x 128 pixels around (89, 121) of all 202,599. Row h (the full network, longer) is
#              --preset pggan_ablation_h
set -eu

name=${1:?name of a run: celebahq, lsun, cifar10, ablation-celeba, ablation-lsun}
place=${2:-data}
runs=runs

# SWD on 16,384 images, MS-SSIM on 10,000 pairs, FID on 50,000 images: the protocols of the paper's code
score() {
    keras-gans evaluate "$1" --protocol swd16k --protocol ms_ssim10k --json "$1.scores.json"
}

ablation() {
    for row in a b c d e_star e f g; do
        keras-gans train pggan --preset "pggan_ablation_$row" --data "$1" --data-dir "$place" --kimg 10000 \
            --out "$runs/$2_$row" "$3"
        score "$runs/$2_$row"
    done
}

case $name in
celebahq)
    if [ ! -d "$place/celebahq" ]; then
        keras-gans dataset celeba-hq "$place/celeba/img_celeba" "$place/celeba/list_landmarks_celeba.txt" \
            "$place/celebahq" --list "$place/celeba/image_list.txt"
    fi
    # preset-v1: one GPU, a month; pggan_v2, pggan_v2_2gpus, _4gpus and _8gpus are the code's faster settings (12,000)
    keras-gans train pggan --preset pggan_v1 --data "$place/celebahq" --mirror --kimg 19000 --out "$runs/celebahq"
    score "$runs/celebahq"
    keras-gans evaluate "$runs/celebahq" --protocol fid50k_full    # there are 30,000 real images
    ;;
lsun)
    keras-gans train pggan --preset pggan_lsun --data tfds:lsun/bedroom --data-dir "$place" --no-mirror \
        --kimg 20000 --out "$runs/lsun_bedroom"
    score "$runs/lsun_bedroom"
    keras-gans evaluate "$runs/lsun_bedroom" --protocol fid50k
    ;;
cifar10)
    # 8.80 is the largest score seen during the training: --best scores the checkpoint that had it here
    keras-gans train pggan --preset pggan_cifar10 --data tfds:cifar10 --data-dir "$place" --kimg 20000 \
        --metrics is --metrics-every 500 --metrics-count 50000 --extractor inception_v3_fid --out "$runs/cifar10"
    keras-gans evaluate "$runs/cifar10" --best --protocol is50k --json "$runs/cifar10.scores.json"
    ;;
ablation-celeba) ablation tfds:celeb_a celeba --mirror ;;
ablation-lsun) ablation tfds:lsun/bedroom lsun --no-mirror ;;
*)
    echo "Expected celebahq, lsun, cifar10, ablation-celeba or ablation-lsun. Received: $name" >&2
    exit 2
    ;;
esac
