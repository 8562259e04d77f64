/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mutants: builds with one key step left out, which the tests must catch (tests/mutants). A normal
 * build has KS_MUTANT 0, so each test of it is a constant and leaves no code. */
#ifndef KS_BASE_MUTANT_H
#define KS_BASE_MUTANT_H

#ifndef KS_MUTANT
#define KS_MUTANT 0
#endif

enum ks_mutant {
    KS_MUTANT_NONE,
    KS_MUTANT_NO_GRACE,        /* 1 a destroyer does not wait for a grace period */
    KS_MUTANT_NO_MARK_WAIT,    /* 2 a destroyer does not wait for marks */
    KS_MUTANT_NO_MARK,         /* 3 an operation sets no mark */
    KS_MUTANT_NO_WIPE,         /* 4 the material is not wiped */
    KS_MUTANT_NO_RECORD_WIPE,  /* 5 use records of a destroyed key stay */
    KS_MUTANT_NO_STACK_WIPE,   /* 6 the stack is not wiped */
    KS_MUTANT_NO_DYING_WAIT,   /* 7 destroy does not wait for earlier objects of its id */
    KS_MUTANT_NO_RECHECK,      /* 8 the slot is not looked at again under the writer mutex */
    KS_MUTANT_NO_GENERATION,   /* 9 a slot keeps its generation */
    KS_MUTANT_NO_STOP_WAIT,    /* 10 free sweeps before calls under way are over */
    KS_MUTANT_NO_FORK_HANDLER, /* 11 no fork handlers */
    KS_MUTANT_NO_TEMPORARY_WIPE, /* 12 temporaries of an operation are not wiped */
    KS_MUTANT_NO_SHARED_BIT,   /* 13 a reader of another shard does not set the shared bit */
    KS_MUTANT_NO_FREE_QUEUE,   /* 14 a freed slot is the next one taken */
    KS_MUTANT_NO_COMBINING,    /* 15 each waiter runs a grace period of its own */
    KS_MUTANT_NO_REGISTER_WIPE, /* 16 registers keep what an operation left */
    KS_MUTANT_FRONT_LEAVES,    /* 17 chunks in front of a parked shard's queue are given back */
    KS_MUTANT_OWN_BY_STORE,    /* 18 the owner's thread changes an unshared word by a store */
    KS_MUTANT_NO_RECLAIM_GRACE, /* 19 limbo is reclaimed without a grace period */
    KS_MUTANT_NO_SHARE_FIRST,  /* 20 a writer does not set the shared bit */
    KS_MUTANT_OWNER_UNCHECKED, /* 21 the owner is not looked at again under the writer mutex */
    KS_MUTANT_HAND_UNSHARED,   /* 22 a third thread hands a key over without setting the bit */
    KS_MUTANT_NO_PIN,          /* 23 a thread that ends does not wait for handoffs to it */
    KS_MUTANT_NO_LEAVING,      /* 24 a fork's child forgets the key that its owner was destroying */
    KS_MUTANT_NO_LEAVING_WAIT, /* 25 destroy does not wait for what an owner is ending on its own */
    KS_MUTANT_NO_GENERAL_WIPE, /* 26 the same of the general ones alone */
    KS_MUTANT_NO_RECENT_WIPE,  /* 27 the recent use record of a destroyed key stays */
    KS_MUTANT_NO_STOCK_WIPE,   /* 28 a generator keeps the random bytes that it has given out */
    KS_MUTANT_NO_READER_BARRIER, /* 29 a short grace period has no membarrier */
    KS_MUTANT_NO_READER_WAIT,  /* 30 ... waits for no reader's word */
    KS_MUTANT_READER_UNLISTED, /* 31 whom its program has attached to liburcu is not listed */
    KS_MUTANT_READERS_KEPT,    /* 32 the list of readers outlives liburcu's memory */
    KS_MUTANT_STAYS_ARMED,     /* 33 a use record stays armed when its body is wiped */
    KS_MUTANT_HANDED_ARMED,    /* 34 ... when its key is handed over unshared */
    KS_MUTANT_ARMED_FOR_ANY_ID, /* 35 an armed record serves any id of its slot */
    KS_MUTANT_ARMED_FOR_ALL,   /* 36 ... any algorithm */
    KS_MUTANT_ARMED_UNGRANTED, /* 37 ... any usage */
    KS_MUTANT_ALWAYS_FENCELESS, /* 38 sections have no fence where the kernel has no membarrier */
    KS_MUTANT_CANCELLABLE = 40, /* calls can be cancelled while they wait */
    KS_MUTANT_NO_REVOCATION = 44,     /* multi-part operations outlive their key */
    KS_MUTANT_NO_OPERATION_WAIT = 45, /* revocation does not wait for a call under way */
    KS_MUTANT_NO_OPERATION_GENERATION = 46, /* an operation's place keeps its generation */
    KS_MUTANT_NO_OPERATION_WIPE = 47  /* an operation's context is given back unwiped */
};

#endif
