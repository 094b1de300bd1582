// Register tiles of images: loops n h w c/nr nr.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {

  // One piece that the tile divides. %p1 %p2 %p3: positions of h, w and the channel blocks in the order of the loops.
  transform.named_sequence @tile_image(%piece: !op {transform.consumed}, %th: !p {transform.readonly}, %tw: !p {transform.readonly},
                                       %p1: !p {transform.readonly}, %p2: !p {transform.readonly}, %p3: !p {transform.readonly}) {
    %t, %l:4 = transform.structured.fuse %piece tile_sizes [1, %th, %tw, 1, 0] interchange [0, %p1, %p2, %p3] {apply_cleanup}
      : (!op, !p, !p, !p, !p, !p) -> (!op, !op, !op, !op, !op)
    transform.yield
  }

  // The rows of one strip of columns: in tiles of %th up to %split, the rest (%rh rows, where %rest) in one.
  transform.named_sequence @tile_strip(%strip: !op {transform.readonly}, %th: !p {transform.readonly}, %tw: !p {transform.readonly},
                                       %split: !p {transform.readonly}, %rh: !p {transform.readonly}, %rest: !p {transform.readonly},
                                       %p1: !p {transform.readonly}, %p2: !p {transform.readonly}, %p3: !p {transform.readonly}) {
    transform.tune.alternatives<"rows"> selected_region = %rest : !p {
      transform.include @tile_image failures(propagate) (%strip, %th, %tw, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %strip after %split {dimension = 1} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_image failures(propagate) (%a, %th, %tw, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_image failures(propagate) (%b, %rh, %tw, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }

  // %order 1: the parallel loop's two dimensions are (rows, blocks), 2: (batch, rows, blocks); blocks become the slower ones.
  transform.named_sequence @order_blocks_first(%stage: !op {transform.readonly}, %order: !p {transform.readonly}) {
    transform.tune.alternatives<"stage"> selected_region = %order : !p {
      transform.yield
    }, {
      %slow = transform.param.constant [1, 0] -> !transform.any_param
      transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
      transform.yield
    }, {
      %slow = transform.param.constant [0, 2, 1] -> !transform.any_param
      transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
      transform.yield
    }
    transform.yield
  }
}
